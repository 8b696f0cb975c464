import type { Socket } from 'node:net'
import { createSecureContext, TLSSocket } from 'node:tls'
import { testCertificate } from './certificate.ts'
import type { Deed, ReceivedMessage, RemoteOptions, Script, Stage } from './remote.ts'

export interface SessionFacts {
  connection: number
  tls: NonNullable<RemoteOptions['tls']>
  /** Asked anew at every stage, so that a test can change it meanwhile. */
  script: () => Script
  onCommand: (line: string) => void
  onMessage: (message: ReceivedMessage) => void
}

const secureContext = createSecureContext({ cert: testCertificate.cert, key: testCertificate.key })

/** Thrown to leave a session that the script or the client has ended. */
class SessionOver extends Error {}

/** Reads a socket as lines or up to the end of a message, keeping what came too early. */
class Reader {
  #store: Buffer = Buffer.alloc(4096)
  #length = 0
  #ended = false
  #wake: () => void = () => undefined

  attach(socket: Socket): void {
    socket.on('data', (bytes: Buffer) => {
      this.#keep(bytes)
      this.#wake()
    })
    const end = (): void => {
      this.#ended = true
      this.#wake()
    }
    socket.on('end', end).on('close', end).on('error', end)
  }

  async line(): Promise<string> {
    return (await this.#upTo('\r\n')).toString('utf8')
  }

  /** The bytes of DATA, still stuffed, each line with its CRLF. */
  async message(): Promise<Buffer> {
    while (this.#length < 3) await this.#more()
    if (this.#store.toString('latin1', 0, 3) === '.\r\n') return this.#take(3).subarray(3)
    return Buffer.concat([await this.#upTo('\r\n.\r\n'), Buffer.from('\r\n')])
  }

  /** What comes before the first `end`, which is taken away too. */
  async #upTo(end: string): Promise<Buffer> {
    let searched = 0
    for (;;) {
      const at = this.#store.subarray(0, this.#length).indexOf(end, searched, 'latin1')
      if (at >= 0) return this.#take(at + end.length).subarray(0, at)
      searched = Math.max(0, this.#length - end.length)
      await this.#more()
    }
  }

  #keep(bytes: Buffer): void {
    const needed = this.#length + bytes.length
    if (needed > this.#store.length) {
      const larger = Buffer.alloc(needed * 2)
      this.#store.copy(larger, 0, 0, this.#length)
      this.#store = larger
    }
    bytes.copy(this.#store, this.#length)
    this.#length = needed
  }

  #take(count: number): Buffer {
    const taken = Buffer.from(this.#store.subarray(0, count))
    this.#store.copyWithin(0, count, this.#length)
    this.#length -= count
    return taken
  }

  async #more(): Promise<void> {
    if (this.#ended) throw new SessionOver()
    await new Promise<void>((resolve) => {
      this.#wake = resolve
    })
  }
}

class Session {
  readonly #facts: SessionFacts
  #socket: Socket
  #reader = new Reader()
  #secure = false
  #envelope = { from: '', to: [] as string[], mail: '', rcpt: [] as string[], at: 0 }

  constructor(socket: Socket, facts: SessionFacts) {
    this.#socket = socket
    this.#facts = facts
    this.#reader.attach(socket)
  }

  async run(): Promise<void> {
    await this.#perform(this.#script.banner, this.#facts.connection, '220 remote.test ESMTP')
    for (;;) {
      const line = await this.#reader.line()
      this.#facts.onCommand(line)
      await this.#obey(line)
    }
  }

  get #script(): Script {
    return this.#facts.script()
  }

  async #obey(line: string): Promise<void> {
    const { connection } = this.#facts
    const verb = line.slice(0, 4).toUpperCase()
    if (verb === 'EHLO' || verb === 'HELO') await this.#ehlo(line)
    else if (/^STARTTLS$/i.test(line)) await this.#startTls()
    else if (verb === 'MAIL') await this.#mail(line)
    else if (verb === 'RCPT') await this.#rcpt(line)
    else if (verb === 'DATA') await this.#data()
    else if (verb === 'RSET') {
      this.#forget()
      await this.#perform(this.#script.rset, connection, '250 2.0.0 reset')
    } else if (verb === 'NOOP') this.#socket.write('250 2.0.0 noop\r\n')
    else if (verb === 'QUIT') {
      this.#socket.end('221 2.0.0 bye\r\n')
      throw new SessionOver()
    } else this.#socket.write('500 5.5.1 no such command\r\n')
  }

  async #ehlo(line: string): Promise<void> {
    const offers = [
      ...(this.#script.offers ?? ['PIPELINING', '8BITMIME', 'SMTPUTF8', 'SIZE 104857600']),
    ]
    if (this.#facts.tls !== 'none' && !this.#secure) offers.push('STARTTLS')
    const lines = ['remote.test', ...offers]
    const usual = lines
      .map((text, i) => `250${i < lines.length - 1 ? '-' : ' '}${text}`)
      .join('\r\n')
    await this.#perform(this.#script.ehlo, line.slice(5), usual)
  }

  async #startTls(): Promise<void> {
    const usual = '220 2.0.0 go ahead'
    const reply = await this.#perform(this.#script.starttls, this.#facts.connection, usual)
    if (!reply.startsWith('220')) return
    if (this.#facts.tls === 'broken') {
      this.#socket.end('this is not a handshake\r\n')
      throw new SessionOver()
    }
    this.#socket.removeAllListeners('data')
    this.#socket = new TLSSocket(this.#socket, { isServer: true, secureContext })
    this.#reader = new Reader()
    this.#reader.attach(this.#socket)
    this.#secure = true
  }

  async #mail(line: string): Promise<void> {
    const [, from = '', parameters = ''] = /^MAIL FROM:<([^>]*)>\s*(.*)$/i.exec(line) ?? []
    const reply = await this.#perform(this.#script.mail, from, '250 2.1.0 ok')
    if (reply.startsWith('250'))
      this.#envelope = { from, to: [], mail: parameters, rcpt: [], at: Date.now() }
  }

  async #rcpt(line: string): Promise<void> {
    const [, to = '', parameters = ''] = /^RCPT TO:<([^>]*)>\s*(.*)$/i.exec(line) ?? []
    const reply = await this.#perform(this.#script.rcpt, to, '250 2.1.5 ok')
    if (!reply.startsWith('250')) return
    this.#envelope.to.push(to)
    this.#envelope.rcpt.push(parameters)
  }

  async #data(): Promise<void> {
    const usual = this.#envelope.to.length > 0 ? '354 go ahead' : '554 5.5.1 no valid recipients'
    const reply = await this.#perform(this.#script.data, this.#facts.connection, usual)
    if (!reply.startsWith('354')) return
    const raw = await this.#reader.message()
    const { from, to, mail, rcpt, at } = this.#envelope
    const message: ReceivedMessage = {
      from,
      to,
      parameters: { mail, rcpt },
      raw,
      bytes: Buffer.from(raw.toString('latin1').replace(/(^|\r\n)\./g, '$1'), 'latin1'),
      connection: this.#facts.connection,
      tls: this.#secure,
      times: { mail: at, dot: Date.now() },
      reply: '',
    }
    const deed = await this.#choose(this.#script.dot, message, '250 2.0.0 ok')
    if (typeof deed === 'string') message.reply = deed
    this.#facts.onMessage(message)
    this.#forget()
    await this.#do(deed)
  }

  #forget(): void {
    this.#envelope = { from: '', to: [], mail: '', rcpt: [], at: 0 }
  }

  async #choose<Facts>(
    stage: Stage<Facts> | undefined,
    facts: Facts,
    usual: string,
  ): Promise<Deed> {
    if (stage === undefined) return usual
    return typeof stage === 'function' ? await stage(facts) : stage
  }

  async #perform<Facts>(
    stage: Stage<Facts> | undefined,
    facts: Facts,
    usual: string,
  ): Promise<string> {
    return this.#do(await this.#choose(stage, facts, usual))
  }

  /** The reply that was given. Ends the session where the deed does. */
  async #do(deed: Deed): Promise<string> {
    if (typeof deed === 'string') {
      this.#socket.write(`${deed}\r\n`)
      return deed
    }
    if (deed.do === 'hang') await new Promise((resolve) => this.#socket.once('close', resolve))
    else if ('after' in deed) this.#socket.end(`${deed.after}\r\n`)
    else this.#socket.destroy()
    throw new SessionOver()
  }
}

/** Speaks one session to its end, as the script says; never throws. */
export async function serveSession(socket: Socket, facts: SessionFacts): Promise<void> {
  socket.on('error', () => socket.destroy())
  try {
    await new Session(socket, facts).run()
  } catch (error) {
    if (!(error instanceof SessionOver)) socket.destroy()
  }
}
