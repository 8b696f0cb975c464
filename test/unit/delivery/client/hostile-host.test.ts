import type { Socket } from 'node:net'
import { createSecureContext, TLSSocket } from 'node:tls'
import { describe, expect, it } from 'vitest'
import type { Mail } from '../../../../src/delivery/client/mail.ts'
import { openConnection } from '../../../../src/delivery/client/open-connection.ts'
import { sendMail } from '../../../../src/delivery/client/transaction.ts'
import { testCertificate } from '../../../kit/certificate.ts'
import { eventually } from '../../../kit/facts.ts'
import { answering, connectTools, startRawHost } from './raw-host.ts'

const timeouts = { replyMs: 60_000, pieceMs: 60_000, finalReplyMs: 60_000 }

/** What fits into the buffers of two sockets, and more. The floods here have no end. */
const bounded = 32 * 1024 * 1024

const mailOf = (content: Buffer[]): Mail => ({
  sender: 'a@b.example',
  recipients: [{ address: 'x@y.example', notify: null, orcpt: null }],
  sizeBytes: content.reduce((sum, piece) => sum + piece.length, 0),
  body8bit: false,
  smtputf8: false,
  ret: null,
  envid: null,
  content,
})
const small = mailOf([Buffer.from('Subject: x\r\n\r\n')])
const large = mailOf(Array.from({ length: 200 }, () => Buffer.alloc(250_000, 120)))

const ready = {
  EHLO: '250-raw.test\r\n250 PIPELINING\r\n',
  MAIL: '250 ok\r\n',
  RCPT: '250 ok\r\n',
  DATA: '354 go\r\n',
  '.': '250 taken\r\n',
}

/** Sends without end, as fast as it is taken. */
function flood(socket: Socket | TLSSocket, text: string): void {
  const bytes = Buffer.from(text.repeat(Math.ceil(65_536 / text.length)))
  const more = () => {
    while (!socket.destroyed && socket.write(bytes));
  }
  socket.on('drain', more)
  more()
}

/** A host that answers until it hears this verb, and then sends text without end. */
async function floodingAt(
  verb: string,
  text: string,
  answers: Record<string, string> = ready,
  instead = flood,
) {
  const gone = Promise.withResolvers<number>()
  const { [verb]: first = '', ...others } = answers
  const host = await startRawHost((socket) => {
    socket.on('close', () => gone.resolve(socket.bytesWritten))
    if (verb === 'greeting') {
      instead(socket, text)
      return
    }
    answering(others)(socket)
    let heard = ''
    let flooding = false
    socket.on('data', (bytes) => {
      heard = `${heard}${bytes.toString('latin1')}`.slice(-300)
      if (flooding || !heard.split('\r\n').some((line) => line.split(/[ :]/)[0] === verb)) return
      flooding = true
      if (first !== '') socket.write(first)
      instead(socket, text)
    })
  })
  return {
    candidate: host.candidate,
    heard: host.heard,
    /** Known once the socket is closed. */
    sent: gone.promise,
    [Symbol.asyncDispose]: () => host[Symbol.asyncDispose](),
  }
}

const kinds = {
  'one reply of lines without end': '250-more\r\n',
  'one line without end': '250 more',
  'junk without end': 'more\r\n',
  'empty lines without end': '\r\n',
  'replies without end': '250 more\r\n',
}

describe('a host that sends without end is cut off', () => {
  for (const [what, text] of Object.entries(kinds)) {
    for (const verb of ['greeting', 'EHLO']) {
      it(`at its ${verb}: ${what}`, async () => {
        await using host = await floodingAt(verb, text, { ...ready, EHLO: '' })
        const opened = await openConnection(host.candidate, connectTools(60_000))
        if (opened.kind === 'opened') {
          // The first of its replies was an answer; the next thing that is said to it finds the others
          const { recipients } = await sendMail(opened.connection, small, timeouts)
          expect(recipients).toEqual([{ kind: 'lost' }])
        }
        expect(await host.sent).toBeLessThan(bounded)
      })
    }

    for (const verb of ['MAIL', 'DATA']) {
      it(`at ${verb}: ${what}`, async () => {
        await using host = await floodingAt(verb, text)
        const opened = await openConnection(host.candidate, connectTools(60_000))
        if (opened.kind === 'failed') throw new Error(opened.cause)
        const { recipients } = await sendMail(opened.connection, small, timeouts)
        expect(recipients).toEqual([{ kind: 'lost' }])
        expect(await host.sent).toBeLessThan(bounded)
        expect(host.heard()).not.toContain('Subject')
      })
    }

    it(`after its word that it has the message, which counts: ${what}`, async () => {
      await using host = await floodingAt('.', text)
      const opened = await openConnection(host.candidate, connectTools(60_000))
      if (opened.kind === 'failed') throw new Error(opened.cause)
      const { recipients, reusable } = await sendMail(opened.connection, small, timeouts)
      expect(recipients).toMatchObject([{ kind: 'replied', stage: 'dot' }])
      expect(reusable).toBe(false)
      opened.connection.quit()
      expect(await host.sent).toBeLessThan(bounded)
    })

    it(`while it does not read what we write: ${what}`, async () => {
      await using host = await floodingAt('DATA', text, ready, (socket) => {
        socket.pause()
        // Only when what it does not read has filled the buffers in between
        setTimeout(() => flood(socket, text), 200)
      })
      const opened = await openConnection(host.candidate, connectTools(60_000))
      if (opened.kind === 'failed') throw new Error(opened.cause)
      const { recipients } = await sendMail(opened.connection, large, timeouts)
      expect(recipients).toEqual([{ kind: 'lost' }])
      expect(await host.sent).toBeLessThan(bounded)
    })

    it(`after QUIT: ${what}`, async () => {
      await using host = await floodingAt('QUIT', text)
      const opened = await openConnection(host.candidate, connectTools(60_000))
      if (opened.kind === 'failed') throw new Error(opened.cause)
      const { connection } = opened
      const gone = new Promise<void>((resolve) => connection.quit(resolve))
      expect(await host.sent).toBeLessThan(bounded)
      await gone
    })

    it(`while the connection waits for work: ${what}`, async () => {
      const sockets: Socket[] = []
      const gone = Promise.withResolvers<number>()
      await using host = await startRawHost((socket) => {
        socket.on('close', () => gone.resolve(socket.bytesWritten))
        sockets.push(socket)
        answering(ready)(socket)
      })
      const opened = await openConnection(host.candidate, connectTools(60_000))
      if (opened.kind === 'failed') throw new Error(opened.cause)
      const lost = new Promise<void>((resolve) => (opened.connection.onLost = resolve))
      for (const socket of sockets) flood(socket, text)
      await lost
      expect(await gone.promise).toBeLessThan(bounded)
    })
  }
})

describe('a host that sends without end around STARTTLS is cut off', () => {
  const offering = { ...ready, EHLO: '250-raw.test\r\n250 STARTTLS\r\n', STARTTLS: '220 go\r\n' }

  for (const [what, text] of [
    ['in the clear', '250 more\r\n'],
    ['in records of a handshake', '\u0016\u0003\u0003\u0000\u0004\u0000\u0000\u0000\u0000'],
    ['in alerts', '\u0015\u0003\u0003\u0000\u0002\u0001\u005a'],
  ] as const) {
    it(`before the handshake is done, ${what}`, async () => {
      await using host = await floodingAt('STARTTLS', text, offering)
      const opened = await openConnection(host.candidate, connectTools(60_000))
      if (opened.kind === 'opened') opened.connection.destroy()
      expect(await host.sent).toBeLessThan(bounded)
    })
  }

  it('under TLS', async () => {
    const secureContext = createSecureContext({
      cert: testCertificate.cert,
      key: testCertificate.key,
    })
    await using host = await floodingAt('STARTTLS', '250 more\r\n', offering, (socket, text) => {
      socket.removeAllListeners('data')
      const secured = new TLSSocket(socket, { isServer: true, secureContext })
      secured.on('error', () => undefined)
      secured.on('secure', () => flood(secured, text))
    })
    const opened = await openConnection(host.candidate, connectTools(60_000))
    if (opened.kind === 'opened') opened.connection.destroy()
    expect(await host.sent).toBeLessThan(bounded)
  })
})

describe('a handshake costs this process little, whatever the host wants of it', () => {
  const offering = { ...ready, EHLO: '250-raw.test\r\n250 STARTTLS\r\n', STARTTLS: '220 go\r\n' }

  it('no cipher is offered with which a host names the group: one of 10,000 bits takes a second', async () => {
    await using host = await startRawHost(answering(offering))
    const tools = connectTools()
    const opening = openConnection(host.candidate, tools)
    const hello = await eventually('a handshake begins', () => clientHello(host.heard()))
    tools.deadlines.cutShort()
    await opening
    const offered = ciphersOf(hello)
    // IANA's numbers of ECDHE-RSA-AES128-GCM-SHA256, and of the DHE suites that OpenSSL has
    expect(offered).toContain(0xc02f)
    const withGroup = [0x33, 0x39, 0x67, 0x6b, 0x9e, 0x9f, 0xc09e, 0xc09f, 0xc0a2, 0xc0a3, 0xccaa]
    expect(offered.filter((one) => withGroup.includes(one))).toEqual([])
  })

  it('it is not made again and again at the host’s wish', async () => {
    const { cert, key } = testCertificate
    const secureContext = createSecureContext({ cert, key, maxVersion: 'TLSv1.2' })
    const ended = Promise.withResolvers<string>()
    await using host = await startRawHost((socket) => {
      answering(offering)(socket)
      socket.on('data', (bytes) => {
        if (!bytes.toString().startsWith('STARTTLS')) return
        socket.removeAllListeners('data')
        const secured = new TLSSocket(socket, { isServer: true, secureContext })
        let handshakes = 0
        secured.on('error', () => undefined)
        secured.on('secure', () => {
          if (++handshakes === 5) ended.resolve('made five times')
          secured.renegotiate({}, () => undefined)
        })
      })
    })
    const opening = openConnection(host.candidate, connectTools())
    void opening.then(({ kind }) => ended.resolve(kind))
    expect(await ended.promise).toBe('failed')
  })
})

/** The first record of a handshake (RFC 5246 §6.2.1), as soon as all of it was heard. */
function clientHello(heard: string): Buffer | undefined {
  const at = heard.indexOf('STARTTLS\r\n')
  const record = Buffer.from(heard.slice(at + 10), 'latin1')
  if (at < 0 || record.length < 5) return undefined
  return record.length < 5 + record.readUInt16BE(3) ? undefined : record
}

/** RFC 5246 §7.4.1.2: behind versions, random and session stands the list of ciphers. */
function ciphersOf(hello: Buffer): number[] {
  const list = 44 + hello.readUInt8(43)
  return Array.from({ length: hello.readUInt16BE(list) / 2 }, (_, at) =>
    hello.readUInt16BE(list + 2 + 2 * at),
  )
}
