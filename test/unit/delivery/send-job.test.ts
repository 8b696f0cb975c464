import type { LookupFunction, Socket } from 'node:net'
import { describe, expect, it } from 'vitest'

import { sendJob } from '../../../src/delivery/send-job.ts'
import { eventually } from '../../kit/facts.ts'
import { inTurn, startRemote, type Deed, type Script } from '../../kit/remote.ts'
import { startRawHost, toCandidate } from './client/raw-host.ts'
import { hostsOf, kindsOf, mailTo, sendTo, tools } from './sending.ts'

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

  it('are asked one after the other: the next when the last has let go', async () => {
    const held: Socket[] = []
    await using unwilling = await startRawHost((socket) => {
      held.push(socket)
      socket.write('554 go away\r\n')
    })
    await using next = await startRemote()
    const way = { candidates: [unwilling.candidate, ...hostsOf(next)], connection: null }
    const sending = sendJob(way, mailTo('x@y.example'), tools())
    await eventually('QUIT is heard', () => (unwilling.heard().includes('QUIT') ? true : undefined))
    expect(next.connections).toBe(0)
    for (const socket of held) socket.destroy()
    const sent = await sending
    sent.connection?.destroy()
    expect([kindsOf(sent), sent.left]).toEqual([[250], null])
  })

  it.each(['EMFILE', 'ENFILE', 'EADDRNOTAVAIL', 'ENOBUFS'])(
    'have not failed where this machine has no connection left: %s',
    async (code) => {
      const lookup: LookupFunction = (_name, _options, answer) =>
        answer(Object.assign(new Error(code), { code }), '')
      const candidate = toCandidate('host.test', 25)
      const socket = { host: 'host.test', port: 25, lookup }
      const way = { candidates: [{ ...candidate, socket }], connection: null }
      const { findings, reached } = await sendJob(way, mailTo('x@y.example'), tools())
      expect(findings).toMatchObject([
        { kind: 'lost', cause: `this machine has no connection left: ${code}` },
      ])
      expect(reached).toBeNull()
    },
  )

  it('leave a record of each when none could be reached', async () => {
    const scripts = [{ banner: '554 5.3.2 closed' }, { banner: { do: 'drop' as const } }]
    const { reached, attempts } = await sendTo(scripts, mailTo('x@y.example'))
    expect(reached).toBe(false)
    expect(attempts).toMatchObject([
      {
        code: 554,
        enhanced: '5.3.2',
        text: 'closed',
        dialogue: expect.stringContaining('refused') as string,
      },
      { code: null, enhanced: '4.4.2', text: 'the host closed the connection' },
    ])
  })

  it.each(['421 4.7.0 busy', '554 5.7.1 not you'])(
    'are remembered by what one said instead of welcoming us: %s, not by the silence of the next',
    async (banner) => {
      const scripts: Script[] = [{ banner }, { banner: { do: 'drop' } }]
      const { findings } = await sendTo(scripts, mailTo('x@y.example'))
      const [code, enhanced] = banner.split(' ')
      expect(findings).toMatchObject([
        { kind: 'temporary', reply: { code: Number(code), enhanced } },
      ])
    },
  )

  it('that refuse the connection did not answer, which is no broken connection', async () => {
    const remote = await startRemote()
    await remote[Symbol.asyncDispose]()
    const way = { candidates: hostsOf(remote), connection: null }
    const { findings, attempts } = await sendJob(way, mailTo('x@y.example'), tools())
    const refused = { enhanced: '4.4.1' } // RFC 3463 §3.5
    expect(findings).toMatchObject([{ kind: 'lost', cause: 'connection refused', ...refused }])
    expect(attempts).toMatchObject([{ code: null, text: 'connection refused', ...refused }])
  })
})

describe('a record of a try', () => {
  it('tells of each host only what that host said, and to whom', async () => {
    const rcpt = (line: string) => (line.includes('no@') ? '550 5.1.1 no such user' : '250 ok')
    const first: Script = { rcpt, data: { do: 'drop' } }
    const { attempts, kinds } = await sendTo(
      [first, { dot: '250 2.0.0 taken' }],
      mailTo('no@y.example', 'x@y.example', 'z@y.example'),
    )
    expect(kinds).toEqual([550, 250, 250])
    expect(attempts).toMatchObject([
      { recipients: [0, 1, 2], code: 550, enhanced: '5.1.1', text: 'no such user' },
      { recipients: [1, 2], code: 250, enhanced: '2.0.0', text: 'taken', dialogue: null },
    ])
    expect(attempts[0]?.dialogue).toContain('< 550 5.1.1 no such user')
  })

  it('of a host that could not be reached names its cause, not what the next one said', async () => {
    const { attempts } = await sendTo(
      [{ banner: { do: 'drop' } }, { dot: '550 5.7.1 spam' }],
      mailTo('x@y.example'),
    )
    expect(attempts).toMatchObject([
      { recipients: [0], code: null, text: 'the host closed the connection' },
      { recipients: [0], code: 550, text: 'spam' },
    ])
  })

  it('of a delivery notes what was odd about the host', async () => {
    const { attempts, kinds } = await sendTo([{ dot: '250 ok\r\nreally' }], mailTo('x@y.example'))
    expect(kinds).toEqual([250])
    expect(attempts[0]?.dialogue).toContain('-- odd replies: a line without a code: "really"')
  })
})

describe('a host that ends the conversation at a recipient', () => {
  const ending = (end: Script['rcpt']): Script => ({
    offers: [],
    rcpt: (line) => (line.includes('bad@') ? (end as Deed) : '250 ok'),
  })
  const mail = mailTo('ok@y.example', 'bad@y.example', 'z@y.example')

  it('was not asked about those behind it, and its record does not name them', async () => {
    const { findings, attempts } = await sendTo(
      [ending({ do: 'drop', after: '421 4.7.0 bye' })],
      mail,
    )
    expect(findings).toMatchObject([
      { kind: 'cut-off', cause: '421 4.7.0 bye' },
      { kind: 'replied', reply: { code: 421 }, stage: 'rcpt' },
      { kind: 'not-asked', cause: '421 4.7.0 bye' },
    ])
    expect(attempts).toMatchObject([{ recipients: [0, 1], code: 421, text: 'bye' }])
  })

  it('is followed by the next host for all but the one that got the answer', async () => {
    const bye = ending({ do: 'drop', after: '421 4.7.0 bye' })
    const { taken, kinds, attempts } = await sendTo([bye, {}], mail)
    expect(taken).toEqual([[], ['z@y.example', 'ok@y.example']])
    expect(kinds).toEqual([250, 421, 250])
    expect(attempts.map(({ recipients }) => recipients)).toEqual([
      [0, 1],
      [2, 0],
    ])
  })

  it('is followed by the next host with the one that got no answer last', async () => {
    const { taken, kinds } = await sendTo([ending({ do: 'drop' }), {}], mail)
    expect(taken).toEqual([[], ['z@y.example', 'ok@y.example', 'bad@y.example']])
    expect(kinds).toEqual([250, 250, 250])
  })
})

it('a host that takes one recipient at a time was not asked about the others, as far as its record goes', async () => {
  const rcpt = inTurn('250 ok', '452 4.5.3 too many recipients', '452 4.5.3 too many recipients')
  const mail = mailTo('a@y.example', 'b@y.example', 'c@y.example')
  const { kinds, attempts } = await sendTo([{ rcpt }], mail)
  expect(kinds).toEqual([250, 452, 452])
  expect(attempts).toMatchObject([{ recipients: [0], code: 250 }])
})

describe('a connection on which nobody was accepted', () => {
  for (const [what, script] of [
    ['all recipients were put off', { rcpt: '450 4.3.2 come back later' }],
    ['one was put off and one refused', { rcpt: inTurn('450 later', '550 no') }],
    ['the sender was put off', { mail: '451 4.3.2 come back later', rcpt: '503 5.5.1 no' }],
  ] as [string, Script][]) {
    it(`is ended in good manners where ${what}: the host may want to see us come back`, async () => {
      await using remote = await startRemote(script)
      const way = { candidates: hostsOf(remote), connection: null }
      const sent = await sendJob(way, mailTo('x@y.example', 'z@y.example'), tools())
      expect(sent.connection).toBeNull()
      await eventually('it is left', () => (remote.open === 0 ? true : undefined))
      expect(remote.commands.at(-1)?.line).toBe('QUIT')
    })
  }

  it('is used again where all were refused for good, or the message was put off', async () => {
    for (const script of [{ rcpt: '550 5.1.1 no' }, { dot: '451 later' }]) {
      await using remote = await startRemote(script)
      const way = { candidates: hostsOf(remote), connection: null }
      const sent = await sendJob(way, mailTo('x@y.example'), tools())
      expect(sent.connection).not.toBeNull()
      sent.connection?.destroy()
    }
  })
})
