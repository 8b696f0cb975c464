import { describe, expect, it } from 'vitest'
import { sendJob, type Sent } from '../../../src/delivery/send-job.ts'
import { minute, second } from '../../../src/time/clock.ts'
import { eventually } from '../../kit/facts.ts'
import { startRemote } from '../../kit/remote.ts'
import { WaitingTime } from './client/raw-host.ts'
import { hostsOf, mailTo, tools } from './sending.ts'
import { SimulatedHosts } from './simulated-hosts.ts'

const codesOf = ({ findings }: Sent) =>
  findings.map((finding) => (finding.kind === 'replied' ? finding.reply.code : finding.kind))

describe('a connection that idled', () => {
  it('is used again', async () => {
    await using remote = await startRemote()
    const candidates = hostsOf(remote)
    const first = await sendJob({ candidates, connection: null }, mailTo('x@y.example'), tools())
    const second = await sendJob(
      { candidates, connection: first.connection },
      mailTo('z@y.example'),
      tools(),
    )
    second.connection?.destroy()
    expect(remote.connections).toBe(1)
    expect(remote.accepted).toHaveLength(2)
    expect(second.reached).toBeNull()
  })

  for (const [how, mail] of [
    ['says goodbye', { do: 'drop', after: '421 4.4.2 idle for too long' }],
    ['is gone', { do: 'drop' }],
  ] as const) {
    it(`and ${how} at the next message is replaced at once by a new one`, async () => {
      await using remote = await startRemote()
      const candidates = hostsOf(remote)
      const first = await sendJob({ candidates, connection: null }, mailTo('x@y.example'), tools())
      remote.script = { mail: () => (remote.connections === 1 ? mail : '250 ok') }
      const second = await sendJob(
        { candidates, connection: first.connection },
        mailTo('z@y.example'),
        tools(),
      )
      second.connection?.destroy()
      expect(codesOf(second)).toEqual([250])
      expect(remote.connections).toBe(2)
      expect(second.attempts.map(({ dialogue }) => dialogue)).toEqual([null])
    })
  }

  it('and is ended just as mail comes leaves that to a new one', () => {
    const hosts = new SimulatedHosts()
    const lane = hosts.lane('a', { greetsAfterMs: 5, takesMs: () => 50 }, 1)
    hosts.runUntil(10.9 * second)
    lane.add(1)
    hosts.slots.enter(lane)
    // Before anybody has asked for its turn
    hosts.slots.tick()
    hosts.give()
    hosts.runUntil(12 * second)
    expect([lane.servedAt.length, hosts.opened]).toEqual([2, 2])
  })

  it('and died without a sign of it is replaced after half a minute, not after the time for a reply', async () => {
    await using remote = await startRemote()
    const candidates = hostsOf(remote)
    const time = new WaitingTime()
    const timeouts = { ...tools().timeouts, replyMs: 5 * minute }
    const patient = { ...tools(), deadlines: time.deadlines, timeouts }
    const first = await sendJob({ candidates, connection: null }, mailTo('x@y.example'), patient)
    remote.script = { mail: () => (remote.connections === 1 ? { do: 'hang' } : '250 ok') }
    const way = { candidates, connection: first.connection }
    const sending = sendJob(way, mailTo('z@y.example'), patient)
    const asked = () => remote.commands.filter(({ line }) => line.startsWith('MAIL')).length
    await eventually('it is asked', () => asked() === 2 || undefined)
    time.aheadMs = 31_000
    const second = await sending
    second.connection?.destroy()
    expect(codesOf(second)).toEqual([250])
    expect(remote.connections).toBe(2)
  })
})
