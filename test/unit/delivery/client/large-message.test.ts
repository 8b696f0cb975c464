import { describe, expect, it } from 'vitest'
import type { Mail } from '../../../../src/delivery/client/mail.ts'
import { sendMail } from '../../../../src/delivery/client/transaction.ts'
import { eventually } from '../../../kit/facts.ts'
import { startRemote } from '../../../kit/remote.ts'
import { answering, startRawHost, toCandidate } from './raw-host.ts'
import { connectTo, mailTo, offering, saidOf, send, timeouts } from './transacting.ts'

/** It takes the envelope, and nothing of the message. */
const startHostThatStopsReading = () =>
  startRawHost((socket) => {
    answering({ EHLO: '250 raw.test\r\n', MAIL: '250 ok\r\n', RCPT: '250 ok\r\n' })(socket)
    socket.on('data', (bytes) => {
      if (!bytes.includes('DATA')) return
      socket.pause()
      socket.write('354 go\r\n')
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

  it('leaves the others their turn after each piece, also where the host takes all at once', async () => {
    const piece = Buffer.from('.\r\n'.repeat(300))
    const turns = { now: 0, ended: false }
    const count = (): void => {
      turns.now++
      if (!turns.ended) setImmediate(count)
    }
    const readAt = new Set<number>()
    const content = {
      async *[Symbol.asyncIterator]() {
        for (let pieces = 0; pieces < 100; pieces++) {
          readAt.add(turns.now)
          yield await Promise.resolve(piece)
        }
        turns.ended = true
      },
    }
    await using remote = await startRemote()
    const connection = await connectTo(toCandidate(remote.address, remote.port))
    count()
    const mail = { ...mailTo('x@y.example'), content, sizeBytes: 100 * piece.length }
    const result = await sendMail(connection, mail, timeouts)
    connection.destroy()
    expect(saidOf(result)).toEqual([['dot', 250]])
    expect(remote.messages[0]?.bytes.toString()).toBe('.\r\n'.repeat(30_000))
    expect(readAt.size).toBe(100)
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
    await using host = await startHostThatStopsReading()
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
    await using host = await startHostThatStopsReading()
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
