import { describe, expect, it } from 'vitest'
import { sendJob } from '../../../src/delivery/send-job.ts'
import { inTurn, startRemote, type Script } from '../../kit/remote.ts'
import { hostsOf, kindsOf, mailTo, sendTo, tools } from './sending.ts'

describe('a host that takes only so many messages in a session', () => {
  const limits = [
    '452 4.5.3 Too many messages in this session',
    '450 4.7.0 Maximum number of mails per connection reached',
    '421 4.7.0 Session limit exceeded',
  ]
  it.each(limits)('is sent the next one over a new connection at once: %s', async (words) => {
    let mails = 0
    const mail: Script['mail'] = () => (++mails === 2 ? words : '250 ok')
    await using remote = await startRemote({ mail })
    const candidates = hostsOf(remote)
    const first = await sendJob({ candidates, connection: null }, mailTo('a@y.example'), tools())
    const way = { candidates, connection: first.connection }
    const sent = await sendJob(way, mailTo('b@y.example'), tools())
    sent.connection?.destroy()
    expect(kindsOf(sent)).toEqual([250])
    expect(remote.accepted.map(({ to, connection }) => [to[0], connection])).toEqual([
      ['a@y.example', 1],
      ['b@y.example', 2],
    ])
    expect(sent.attempts).toMatchObject([{ code: 250 }])
    expect(remote.mostOpen).toBe(1)
  })

  it.each(['452 4.3.1 Insufficient system storage', '451 4.7.1 Too many connections, wait'])(
    'is not one that says something else to MAIL: %s',
    async (words) => {
      await using remote = await startRemote({ mail: inTurn('250 ok', words, '250 ok') })
      const candidates = hostsOf(remote)
      const first = await sendJob({ candidates, connection: null }, mailTo('a@y.example'), tools())
      const way = { candidates, connection: first.connection }
      expect(kindsOf(await sendJob(way, mailTo('b@y.example'), tools()))).toEqual([
        Number(words.slice(0, 3)),
      ])
      expect(remote.connections).toBe(1)
    },
  )

  it('is believed where it says so on a new connection', async () => {
    const { kinds, connections } = await sendTo(
      [{ mail: '452 4.5.3 Too many messages in this session' }],
      mailTo('x@y.example'),
    )
    expect([kinds, connections]).toEqual([[452], [1]])
  })
})
