import { describe, expect, it } from 'vitest'
import { sendMail } from '../../../../src/delivery/client/transaction.ts'
import { startRemote } from '../../../kit/remote.ts'
import { answering, startRawHost, toCandidate } from './raw-host.ts'
import { connectTo, mailTo, offering, saidOf, send, timeouts } from './transacting.ts'

for (const [how, script] of [
  ['pipelining', offering('PIPELINING')],
  ['step by step', offering()],
] as const) {
  describe(`a transaction, ${how}`, () => {
    it('delivers the bytes to all recipients and leaves the connection ready', async () => {
      const sent = await send(script, mailTo('x@y.example', 'z@y.example'))
      expect(sent.said).toEqual([
        ['dot', 250],
        ['dot', 250],
      ])
      expect(sent.taken).toEqual([
        { to: ['x@y.example', 'z@y.example'], bytes: 'Subject: x\r\n\r\n.dot\r\n' },
      ])
      expect(sent.closed).toBe(false)
    })

    it('gives each recipient its own answer', async () => {
      const rcpt = (line: string) =>
        line.includes('no@')
          ? '550 5.1.1 no'
          : line.includes('later@')
            ? '450 4.2.1 later'
            : '250 ok'
      const sent = await send(
        { ...script, rcpt },
        mailTo('no@y.example', 'x@y.example', 'later@y.example'),
      )
      expect(sent.said).toEqual([
        ['rcpt', 550],
        ['dot', 250],
        ['rcpt', 450],
      ])
      expect(sent.taken.map(({ to }) => to)).toEqual([['x@y.example']])
    })

    it('sends no message when nobody is to get it', async () => {
      const sent = await send({ ...script, rcpt: '550 no' }, mailTo('x@y.example', 'z@y.example'))
      expect(sent.said).toEqual([
        ['rcpt', 550],
        ['rcpt', 550],
      ])
      expect(sent.taken).toEqual([])
    })

    it('counts the answer to MAIL for all', async () => {
      const sent = await send(
        { ...script, mail: '451 not now' },
        mailTo('x@y.example', 'z@y.example'),
      )
      expect(sent.said).toEqual([
        ['mail', 451],
        ['mail', 451],
      ])
    })

    it('counts the answer to DATA for those who were accepted', async () => {
      const sent = await send({ ...script, data: '554 no' }, mailTo('x@y.example'))
      expect(sent.said).toEqual([['data', 554]])
    })

    it('ends the connection at 421, which is the answer of the recipient at which it came', async () => {
      const rcpt = (line: string) =>
        line.includes('no@')
          ? '550 no'
          : line.includes('x@')
            ? ({ do: 'drop', after: '421 bye' } as const)
            : '250 ok'
      const sent = await send(
        { ...script, rcpt },
        mailTo('no@y.example', 'ok@y.example', 'x@y.example', 'z@y.example'),
      )
      expect(sent.said).toEqual([['rcpt', 550], 'cut-off', ['rcpt', 421], 'not-asked'])
      expect(sent.result.cause).toBe('421 bye')
      expect(sent.closed).toBe(true)
    })

    it('blames no recipient but the one at which the host leaves without a word', async () => {
      const rcpt = (line: string) => (line.includes('x@') ? ({ do: 'drop' } as const) : '250 ok')
      const sent = await send(
        { ...script, rcpt },
        mailTo('ok@y.example', 'x@y.example', 'z@y.example'),
      )
      expect(sent.said).toEqual(['cut-off', 'lost', 'not-asked'])
    })

    it('is unknown when the host leaves after the final dot, and only then', async () => {
      const after = await send({ ...script, dot: { do: 'drop' } }, mailTo('x@y.example'))
      expect(after.said).toEqual(['unknown'])
      const before = await send({ ...script, data: { do: 'drop' } }, mailTo('x@y.example'))
      expect(before).toMatchObject({ said: ['lost'], result: { silent: false } })
    })

    it('is unknown when the host never answers the final dot', async () => {
      const sent = await send({ ...script, dot: { do: 'hang' } }, mailTo('x@y.example'), {
        finalReplyMs: 1,
      })
      expect(sent.said).toEqual(['unknown'])
      expect(sent.result.cause).toBe('timed out waiting for the host')
      expect(sent.closed).toBe(true)
    })

    it('says so when the host said nothing at all', async () => {
      const sent = await send({ ...script, mail: { do: 'drop' } }, mailTo('x@y.example'))
      expect(sent).toMatchObject({ said: ['lost'], result: { silent: true } })
    })
  })
}

describe('a connection that is used again', () => {
  it('is cleared of a transaction that came to nothing', async () => {
    await using remote = await startRemote({
      rcpt: (line) => (line.includes('no@') ? '550 no' : '250 ok'),
    })
    const connection = await connectTo(toCandidate(remote.address, remote.port))
    await sendMail(connection, mailTo('no@y.example'), timeouts)
    const second = await sendMail(connection, mailTo('x@y.example'), timeouts)
    connection.destroy()
    expect(saidOf(second)).toEqual([['dot', 250]])
    expect(remote.commands.map(({ line }) => line)).toContain('RSET')
    expect(remote.accepted.map(({ to }) => to)).toEqual([['x@y.example']])
  })
})

describe('a host that speaks out of turn', () => {
  it('is not believed to have taken a message that it was not given', async () => {
    await using host = await startRawHost(
      answering({
        EHLO: '250 raw.test\r\n',
        MAIL: '250 ok\r\n',
        RCPT: '250 ok\r\n',
        DATA: '354 go\r\n250 taken\r\n',
      }),
    )
    const connection = await connectTo(host.candidate)
    const result = await sendMail(connection, mailTo('x@y.example'), timeouts)
    expect(saidOf(result)).toEqual(['lost'])
  })
})
