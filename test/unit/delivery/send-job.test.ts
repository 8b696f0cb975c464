import { describe, expect, it } from 'vitest'
import type { Mail } from '../../../src/delivery/client/mail.ts'
import { sendJob, type Sent } from '../../../src/delivery/send-job.ts'
import type { HostsTarget } from '../../../src/delivery/slots.ts'
import { systemClock } from '../../../src/time/clock.ts'
import { startRemote, type Remote, type Script } from '../../kit/remote.ts'
import { connectTools, toCandidate } from './client/raw-host.ts'

const timeouts = { replyMs: 20_000, pieceMs: 20_000, finalReplyMs: 20_000 }

const mailTo = (...addresses: string[]): Mail => ({
  sender: 'a@b.example',
  recipients: addresses.map((address) => ({ address, notify: null, orcpt: null })),
  sizeBytes: 14,
  body8bit: false,
  smtputf8: false,
  ret: null,
  envid: null,
  content: [Buffer.from('Subject: x\r\n\r\n')],
})

const targetOf = (...remotes: Remote[]): HostsTarget => ({
  kind: 'hosts',
  provider: 'test',
  hostSet: 'test',
  candidates: remotes.map(({ address, port }) => toCandidate(address, port, false)),
  messagesPerConnection: Infinity,
  idleMs: 60_000,
})

const tools = () => ({ ...connectTools(), timeouts, clock: systemClock })

/** Sends to hosts in order of preference; what each took, and what is known of each recipient. */
async function sendTo(scripts: Script[], mail: Mail) {
  const remotes = await Promise.all(scripts.map((script) => startRemote(script)))
  const sent = await sendJob({ target: targetOf(...remotes), connection: null }, mail, tools())
  sent.connection?.destroy()
  const taken = remotes.map(({ accepted }) => accepted.flatMap(({ to }) => to))
  const connections = remotes.map((remote) => remote.connections)
  for (const remote of remotes) await remote[Symbol.asyncDispose]()
  return { ...sent, taken, connections, kinds: kindsOf(sent) }
}

const kindsOf = ({ findings }: Sent) =>
  findings.map((finding) => (finding.kind === 'replied' ? finding.reply.code : finding.kind))

describe('hosts in order of preference', () => {
  it('are left at the first that takes the message', async () => {
    const { taken, connections, kinds, attempts } = await sendTo([{}, {}], mailTo('x@y.example'))
    expect(taken).toEqual([['x@y.example'], []])
    expect(connections).toEqual([1, 0])
    expect(kinds).toEqual([250])
    expect(attempts).toMatchObject([{ code: 250, host: 'mx.test', dialogue: null }])
  })

  for (const [trouble, script] of [
    ['greets with 554', { banner: '554 no' }],
    ['greets with 421', { banner: '421 busy' }],
    ['leaves before the message', { data: { do: 'drop' } }],
    ['leaves at MAIL', { mail: { do: 'drop' } }],
  ] as [string, Script][]) {
    it(`are followed by the next when one ${trouble}`, async () => {
      const { taken, attempts } = await sendTo([script, {}], mailTo('x@y.example'))
      expect(taken).toEqual([[], ['x@y.example']])
      expect(attempts).toMatchObject([
        { dialogue: expect.stringContaining('--') as string },
        { code: 250, dialogue: null },
      ])
    })
  }

  it('are never followed by the next once the whole message was given to one', async () => {
    const { connections, kinds } = await sendTo(
      [{ dot: { do: 'drop' } }, {}],
      mailTo('x@y.example'),
    )
    expect(connections).toEqual([1, 0])
    expect(kinds).toEqual(['unknown'])
  })

  it('are not asked again about those who have an answer', async () => {
    const rcpt = (line: string) => (line.includes('no@') ? '550 no' : '250 ok')
    const first: Script = { rcpt, data: { do: 'drop' } }
    const { taken, kinds } = await sendTo([first, {}], mailTo('no@y.example', 'x@y.example'))
    expect(taken).toEqual([[], ['x@y.example']])
    expect(kinds).toEqual([550, 250])
  })

  it('are not asked further after a 4xx to the message: that is an answer', async () => {
    const { connections, kinds } = await sendTo([{ dot: '451 later' }, {}], mailTo('x@y.example'))
    expect(connections).toEqual([1, 0])
    expect(kinds).toEqual([451])
  })

  it('leave a record of each when none could be reached', async () => {
    const scripts = [{ banner: '554 5.3.2 closed' }, { banner: { do: 'drop' as const } }]
    const { kinds, reached, attempts } = await sendTo(scripts, mailTo('x@y.example'))
    expect(kinds).toEqual(['lost'])
    expect(reached).toBe(false)
    expect(attempts.map(({ text }) => text)).toEqual([
      expect.stringContaining('554 5.3.2 closed'),
      expect.stringContaining('the host closed the connection'),
    ])
  })
})

describe('a connection that idled', () => {
  it('is used again', async () => {
    await using remote = await startRemote()
    const target = targetOf(remote)
    const first = await sendJob({ target, connection: null }, mailTo('x@y.example'), tools())
    const second = await sendJob(
      { target, connection: first.connection },
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
      const target = targetOf(remote)
      const first = await sendJob({ target, connection: null }, mailTo('x@y.example'), tools())
      remote.script = { mail: () => (remote.connections === 1 ? mail : '250 ok') }
      const second = await sendJob(
        { target, connection: first.connection },
        mailTo('z@y.example'),
        tools(),
      )
      second.connection?.destroy()
      expect(kindsOf(second)).toEqual([250])
      expect(remote.connections).toBe(2)
      expect(second.attempts.map(({ dialogue }) => dialogue)).toEqual([null])
    })
  }
})

describe('a message that needs SMTPUTF8', () => {
  const mail = { ...mailTo('jörg@y.example'), smtputf8: true }

  it('goes to a host that offers it', async () => {
    const { taken } = await sendTo([{ offers: ['PIPELINING', 'SMTPUTF8'] }], mail)
    expect(taken).toEqual([['jörg@y.example']])
  })

  it('is not even offered to a host that does not', async () => {
    const { findings, taken } = await sendTo([{ offers: ['PIPELINING'] }], mail)
    expect(findings[0]).toMatchObject({
      kind: 'permanent',
      reply: { code: 550, enhanced: '5.6.7' },
    })
    expect(taken).toEqual([[]])
  })
})
