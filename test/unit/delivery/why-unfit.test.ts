import { describe, expect, it } from 'vitest'
import { sendJob } from '../../../src/delivery/send-job.ts'
import { minute } from '../../../src/time/clock.ts'
import { startRemote, type Script } from '../../kit/remote.ts'
import { WaitingTime } from './client/raw-host.ts'
import { hostsOf, kindsOf, mailTo, sendTo, tools } from './sending.ts'

const unheeded = {
  awaitsGreeting: () => undefined,
  cutBy: () => undefined,
  greeted: () => undefined,
  heard: () => undefined,
  hasMessage: () => undefined,
}

describe('a message that needs SMTPUTF8', () => {
  const mail = { ...mailTo('jörg@y.example'), smtputf8: true }

  it('goes to a host that offers it', async () => {
    const { taken } = await sendTo([{ offers: ['PIPELINING', 'SMTPUTF8'] }], mail)
    expect(taken).toEqual([['jörg@y.example']])
  })

  it('is not even offered to a host that does not, and no refusal of that host is told', async () => {
    const { findings, taken, attempts, connection } = await sendTo(
      [{ offers: ['PIPELINING'] }],
      mail,
    )
    expect(findings).toMatchObject([{ kind: 'unfit', enhanced: '5.6.7', host: 'mx.test' }])
    expect(attempts).toMatchObject([{ code: null, enhanced: '5.6.7', recipients: [0] }])
    expect(taken).toEqual([[]])
    expect(connection).not.toBeNull()
  })

  it('goes to the next host where that offers it', async () => {
    const { taken, kinds } = await sendTo([{ offers: [] }, {}], mail)
    expect(taken).toEqual([[], ['jörg@y.example']])
    expect(kinds).toEqual([250])
  })

  it('waits where the next host can not be reached', async () => {
    const { findings } = await sendTo([{ offers: [] }, { banner: { do: 'drop' } }], mail)
    const cause = 'the address or header needs SMTPUTF8, which the host does not offer'
    expect(findings).toMatchObject([
      { kind: 'lost', enhanced: '4.6.7', cause: `${cause}; not every host could be asked` },
    ])
  })

  it('goes over a new connection where the one that idled is to a host that can not have it', async () => {
    await using old = await startRemote({ offers: [] })
    await using next = await startRemote()
    const first = await sendJob(
      { candidates: hostsOf(old), connection: null },
      mailTo('a@y.example'),
      tools(),
    )
    const way = { candidates: hostsOf(old, next), connection: first.connection }
    const sent = await sendJob(way, mail, tools())
    sent.connection?.destroy()
    expect(kindsOf(sent)).toEqual([250])
    expect(sent.attempts.map(({ code }) => code)).toEqual([null, 250])
  })
})

describe('a message that is larger than what a host says it takes', () => {
  const mail = { ...mailTo('x@y.example'), sizeBytes: 1001 }
  const small: Script = { offers: ['PIPELINING', 'SIZE 1000'] }

  it('goes to the next host that takes it', async () => {
    const { taken, kinds } = await sendTo([small, { offers: ['SIZE 1001'] }], mail)
    expect(taken).toEqual([[], ['x@y.example']])
    expect(kinds).toEqual([250])
  })

  it('is not sent where none takes it, and both sizes are told', async () => {
    await using remote = await startRemote(small)
    const way = { candidates: hostsOf(remote), connection: null }
    const sent = await sendJob(way, mail, tools())
    sent.connection?.destroy()
    const cause = 'the message has 1001 octets, and the host takes 1000 at most'
    expect(sent.findings).toMatchObject([{ kind: 'unfit', enhanced: '5.3.4', cause }])
    expect(remote.commands.map(({ line }) => line)).toEqual(['EHLO relay.test'])
  })

  it.each(['SIZE', 'SIZE 0', 'SIZE 1001'])(
    'does not count as one where %s is said',
    async (size) => {
      const { kinds } = await sendTo([{ offers: [size] }], mail)
      expect(kinds).toEqual([250])
    },
  )
})

describe('a message that one host can not have', () => {
  const mail = { ...mailTo('x@y.example'), sizeBytes: 1001 }
  const small: Script = { offers: ['PIPELINING', 'SIZE 1000'] }
  const cause = 'the message has 1001 octets, and the host takes 1000 at most'
  const putOff = {
    kind: 'lost',
    enhanced: '4.3.4',
    cause: `${cause}; not every host could be asked`,
  }

  it('is given up where no host can have it', async () => {
    const { kinds } = await sendTo([small, small], mail)
    expect(kinds).toEqual(['unfit'])
  })

  it.each<[string, Script]>([
    ['is dropped at the banner', { banner: { do: 'drop' } }],
    ['is lost at EHLO', { ehlo: { do: 'drop' } }],
    ['is lost in the transaction', { offers: [], data: { do: 'drop' } }],
  ])('is put off where another one %s, before or after it', async (_, other) => {
    const before = await sendTo([other, small], mail)
    expect(before.findings).toMatchObject([putOff])
    expect(before.attempts.map(({ enhanced }) => enhanced)).toEqual(['4.4.2', '5.3.4'])
    const after = await sendTo([small, other], mail)
    expect(after.kinds).toEqual(['lost'])
  })

  it('is put off where another one can not be connected to, before or after it', async () => {
    const closed = await startRemote()
    await closed[Symbol.asyncDispose]()
    await using open = await startRemote(small)
    for (const remotes of [
      [closed, open],
      [open, closed],
    ]) {
      const way = { candidates: hostsOf(...remotes), connection: null }
      const sent = await sendJob(way, mail, tools())
      sent.connection?.destroy()
      expect(sent.findings).toMatchObject([putOff])
    }
  })

  it.each(['421 4.7.0 busy', '554 5.7.1 not you'])(
    'is put off where another one greets with %s, before or after it',
    async (banner) => {
      const before = await sendTo([{ banner }, small], mail)
      expect(before.findings).toMatchObject([putOff])
      const after = await sendTo([small, { banner }], mail)
      expect(after.findings).toMatchObject([
        { kind: 'temporary', reply: { code: Number(banner.slice(0, 3)) } },
      ])
    },
  )

  it('is given up where another address of that host can not be reached', async () => {
    await using open = await startRemote(small)
    await using dropping = await startRemote({ banner: { do: 'drop' } })
    for (const remotes of [
      [open, dropping],
      [dropping, open],
    ]) {
      const candidates = hostsOf(...remotes).map((one) => ({ ...one, host: 'mx.test' }))
      const sent = await sendJob({ candidates, connection: null }, mail, tools())
      sent.connection?.destroy()
      expect(kindsOf(sent)).toEqual(['unfit'])
    }
  })

  it.each<[string, (time: WaitingTime, cut: (cause: string) => void) => void]>([
    ['the relay ends', ({ deadlines }) => deadlines.cutShort()],
    ['the try is cut off for other mail', (_, cut) => cut('other mail waited')],
    ['the try took over five minutes', (time) => (time.aheadMs += 6 * minute)],
  ])('is put off where %s before the next one is asked', async (_, happen) => {
    await using first = await startRemote(small)
    await using second = await startRemote(small)
    await using next = await startRemote()
    const time = new WaitingTime()
    const greeting = { ...unheeded, cutCause: null as string | null }
    const hosts = hostsOf(first, second, next)
    function* candidates() {
      yield* hosts.slice(0, 2)
      happen(time, (cause) => (greeting.cutCause = cause))
      yield* hosts.slice(2)
    }
    const way = { candidates: candidates(), connection: null, greeting }
    const sent = await sendJob(way, mail, { ...tools(), deadlines: time.deadlines })
    sent.connection?.destroy()
    expect(sent.findings).toMatchObject([putOff])
    expect([second.connections, next.connections]).toEqual([1, 0])
  })

  it('is given up where the relay ends after the last one was asked', async () => {
    await using only = await startRemote(small)
    const { deadlines, ...others } = tools()
    function* candidates() {
      yield* hostsOf(only)
      deadlines.cutShort()
    }
    const way = { candidates: candidates(), connection: null }
    const sent = await sendJob(way, mail, { deadlines, ...others })
    sent.connection?.destroy()
    expect(kindsOf(sent)).toEqual(['unfit'])
  })
})
