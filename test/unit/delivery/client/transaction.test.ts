import { describe, expect, it } from 'vitest'
import type { Mail } from '../../../../src/delivery/client/mail.ts'
import { openConnection } from '../../../../src/delivery/client/open-connection.ts'
import { sendMail, type TransactionResult } from '../../../../src/delivery/client/transaction.ts'
import { eventually } from '../../../kit/facts.ts'
import { startRemote, type Script } from '../../../kit/remote.ts'
import { answering, connectTools, startRawHost, toCandidate, type RawHost } from './raw-host.ts'

const timeouts = { replyMs: 20_000, pieceMs: 20_000, finalReplyMs: 20_000 }

function mailTo(...addresses: string[]): Mail {
  const content = [Buffer.from('Subject: x\r\n\r\n.dot\r\n')]
  return {
    sender: 'a@b.example',
    recipients: addresses.map((address) => ({ address, notify: null, orcpt: null })),
    sizeBytes: content[0]?.length ?? 0,
    body8bit: false,
    smtputf8: false,
    ret: null,
    envid: null,
    content,
  }
}

async function connectTo(candidate: RawHost['candidate']) {
  const opened = await openConnection(candidate, connectTools())
  if (opened.kind === 'failed') throw new Error(opened.cause)
  return opened.connection
}

const saidOf = ({ recipients }: TransactionResult) =>
  recipients.map((one) => (one.kind === 'replied' ? [one.stage, one.reply.code] : one.kind))

/** Sends one mail to a scripted host; what it said of each recipient, and what it took. */
async function send(script: Script, mail: Mail, limits: Partial<typeof timeouts> = {}) {
  await using remote = await startRemote(script)
  const connection = await connectTo(toCandidate(remote.address, remote.port))
  const result = await sendMail(connection, mail, { ...timeouts, ...limits })
  const { closed } = connection
  connection.destroy()
  return {
    result,
    said: saidOf(result),
    closed,
    taken: remote.messages.map(({ to, bytes }) => ({ to, bytes: bytes.toString() })),
    commands: remote.commands.map(({ line }) => line),
  }
}

const offering = (...offers: string[]): Script => ({ offers })

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

describe('a large message', () => {
  const large = (): Mail => {
    const piece = Buffer.from(`${'x'.repeat(70)}\r\n`.repeat(3500))
    const content = Array.from({ length: 8 }, () => piece)
    return { ...mailTo('x@y.example'), content, sizeBytes: 8 * piece.length }
  }

  it('arrives whole', async () => {
    const mail = large()
    const sent = await send(offering('PIPELINING'), mail)
    expect(sent.said).toEqual([['dot', 250]])
    expect(sent.taken[0]?.bytes).toBe(Buffer.concat(await Array.fromAsync(mail.content)).toString())
  })

  it('is given up when the host refuses it half-way, and the host not talked to any further', async () => {
    await using host = await startRawHost(
      answering({
        EHLO: '250 raw.test\r\n',
        MAIL: '250 ok\r\n',
        RCPT: '250 ok\r\n',
        DATA: '354 go\r\n552 5.3.4 too big\r\n',
      }),
    )
    const connection = await connectTo(host.candidate)
    const result = await sendMail(connection, large(), timeouts)
    expect(saidOf(result)).toEqual([['data', 552]])
    expect(connection.closed).toBe(true)
  })

  it('is read no faster than the host takes it, and again from its beginning for the next host', async () => {
    const reads = { pieces: 0 }
    const content = {
      async *[Symbol.asyncIterator]() {
        for (reads.pieces = 1; reads.pieces <= 100; reads.pieces++)
          yield await Promise.resolve(Buffer.alloc(250_000, 120))
      },
    }
    const mail = { ...mailTo('x@y.example'), content, sizeBytes: 25_000_000 }
    await using host = await startRawHost((socket) => {
      answering({ EHLO: '250 raw.test\r\n', MAIL: '250 ok\r\n', RCPT: '250 ok\r\n' })(socket)
      socket.on('data', (bytes) => {
        if (!bytes.includes('DATA')) return
        socket.pause()
        socket.write('354 go\r\n')
      })
    })
    const connection = await connectTo(host.candidate)
    const result = await sendMail(connection, mail, { ...timeouts, pieceMs: 1 })
    expect(saidOf(result)).toEqual(['lost'])
    expect(reads.pieces).toBeLessThan(60)
    const sent = await send({}, mail)
    expect(sent.taken[0]?.bytes).toHaveLength(25_000_002)
  })

  it('is never ended where its bytes turn out to be damaged: the host does not get it', async () => {
    const content = {
      async *[Symbol.asyncIterator]() {
        yield await Promise.resolve(Buffer.alloc(250_000, 120))
        throw new Error('damaged')
      },
    }
    await using remote = await startRemote()
    const connection = await connectTo(toCandidate(remote.address, remote.port))
    const mail = { ...mailTo('x@y.example'), content, sizeBytes: 500_000 }
    await expect(sendMail(connection, mail, timeouts)).rejects.toThrow('damaged')
    expect(connection.closed).toBe(true)
    await eventually('the host sees the end', () => (remote.open === 0 ? true : undefined))
    expect(remote.messages).toEqual([])
  })

  it('does not wait for ever for a host that stops reading', async () => {
    await using host = await startRawHost((socket) => {
      answering({ EHLO: '250 raw.test\r\n', MAIL: '250 ok\r\n', RCPT: '250 ok\r\n' })(socket)
      socket.on('data', (bytes) => {
        if (!bytes.includes('DATA')) return
        socket.pause()
        socket.write('354 go\r\n')
      })
    })
    const connection = await connectTo(host.candidate)
    const huge = {
      ...large(),
      content: Array.from({ length: 100 }, () => Buffer.alloc(250_000, 120)),
    }
    const result = await sendMail(
      connection,
      { ...huge, sizeBytes: 25_000_000 },
      { ...timeouts, pieceMs: 1 },
    )
    expect(saidOf(result)).toEqual(['lost'])
    expect(result.cause).toBe('timed out waiting for the host')
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
