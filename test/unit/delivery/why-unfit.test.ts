import { describe, expect, it } from 'vitest'
import { sendJob } from '../../../src/delivery/send-job.ts'
import { startRemote, type Script } from '../../kit/remote.ts'
import { hostsOf, kindsOf, mailTo, sendTo, tools } from './sending.ts'

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

  it('bounces where the next host can not be reached', async () => {
    const { kinds } = await sendTo([{ offers: [] }, { banner: { do: 'drop' } }], mail)
    expect(kinds).toEqual(['unfit'])
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
