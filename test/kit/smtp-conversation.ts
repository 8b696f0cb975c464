import { connect as connectPlain, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { within } from './facts.ts'

export interface Login {
  account: string
  password: string
}

export interface Submission {
  from?: string
  to: string | readonly string[]
  /** As the receiver shall store it, dots not stuffed; the end of the last line may be missing. */
  bytes?: Buffer | string
  /** After MAIL FROM:<…>, such as `BODY=8BITMIME`. */
  mailParameters?: string
}

/** An SMTP client that sends exactly what it is told and shows exactly what comes back. Bytes are Latin-1 characters. */
export class Conversation implements AsyncDisposable {
  readonly #plain: Socket
  #socket: Socket
  #received = ''
  #ended = false
  #wake: () => void = () => undefined
  readonly #transcript: string[] = []

  private constructor(plain: Socket, socket: Socket) {
    this.#plain = plain
    this.#socket = socket
    this.#listen()
  }

  /**
   * Connects and, for implicit TLS, shakes hands; the banner is still to be expected.
   * @param from the address that the client has
   */
  static async connect(
    host: string,
    port: number,
    implicitTls = false,
    from?: string,
  ): Promise<Conversation> {
    const plain = connectPlain({
      host,
      port,
      noDelay: true,
      ...(from !== undefined && { localAddress: from }),
    })
    const socket = implicitTls ? connectTls({ socket: plain, rejectUnauthorized: false }) : plain
    const { promise, resolve, reject } = Promise.withResolvers<undefined>()
    plain.on('error', reject)
    socket.once(implicitTls ? 'secureConnect' : 'connect', () => resolve(undefined))
    socket.once('error', reject)
    await within(`a connection to ${host}:${port}`, promise)
    return new Conversation(plain, socket)
  }

  #listen(): void {
    this.#socket.setEncoding('latin1')
    this.#socket.on('data', (text: string) => {
      this.#received += text
      this.#wake()
    })
    const end = (): void => {
      this.#ended = true
      this.#wake()
    }
    this.#socket.on('end', end).on('close', end).on('error', end)
  }

  /** One line, with its CRLF. */
  send(line: string): this {
    return this.write(`${line}\r\n`)
  }

  write(bytes: Buffer | string): this {
    const buffer = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes
    this.#transcript.push(`> ${buffer.toString('latin1', 0, 200)}`)
    this.#socket.write(buffer)
    return this
  }

  /** The next whole reply, lines joined by `\n`; fails when the connection ends before. */
  async reply(deadlineMs?: number): Promise<string> {
    const complete = /^(?:\d{3}-[^\n]*\r?\n)*\d{3}(?: [^\n]*)?\r?\n/
    for (;;) {
      const match = complete.exec(this.#received)
      if (match) {
        this.#received = this.#received.slice(match[0].length)
        const reply = match[0].trimEnd().replaceAll('\r', '')
        this.#transcript.push(`< ${reply}`)
        return reply
      }
      if (this.#ended)
        throw new Error(`the connection ended instead of a reply\n${this.transcript}`)
      await this.#more(deadlineMs)
    }
  }

  async expect(pattern: RegExp, deadlineMs?: number): Promise<string> {
    const reply = await this.reply(deadlineMs)
    if (pattern.test(reply)) return reply
    throw new Error(`expected ${String(pattern)}, got ${reply}\n${this.transcript}`)
  }

  async command(line: string, pattern: RegExp): Promise<string> {
    return this.send(line).expect(pattern)
  }

  /** Resolves when the other side has ended the connection; what it still said is returned. */
  async ended(): Promise<string> {
    while (!this.#ended) await this.#more()
    return this.#received
  }

  async ehlo(name = 'client.test'): Promise<string> {
    return this.command(`EHLO ${name}`, /^250/)
  }

  /** STARTTLS and the handshake; the next EHLO is the caller's. */
  async startTls(): Promise<void> {
    await this.command('STARTTLS', /^220/)
    await this.secure()
  }

  /** The TLS handshake, after the go-ahead. */
  async secure(): Promise<void> {
    this.#socket.removeAllListeners('data').removeAllListeners('end').removeAllListeners('close')
    const { promise, resolve, reject } = Promise.withResolvers<undefined>()
    const secure = connectTls({ socket: this.#socket, rejectUnauthorized: false }, () =>
      resolve(undefined),
    )
    secure.once('error', reject)
    await within('the TLS handshake', promise)
    this.#socket = secure
    this.#listen()
  }

  async login({ account, password }: Login, method: 'PLAIN' | 'LOGIN' = 'PLAIN'): Promise<void> {
    const base64 = (text: string): string => Buffer.from(text).toString('base64')
    if (method === 'PLAIN') {
      await this.command(`AUTH PLAIN ${base64(`\0${account}\0${password}`)}`, /^235/)
      return
    }
    await this.command('AUTH LOGIN', /^334/)
    await this.command(base64(account), /^334/)
    await this.command(base64(password), /^235/)
  }

  /** A transaction up to the go-ahead for its content. */
  async openTransaction(...recipients: readonly string[]): Promise<void> {
    await this.command('MAIL FROM:<sender@customer.test>', /^250/)
    for (const to of recipients) await this.command(`RCPT TO:<${to}>`, /^250/)
    await this.command('DATA', /^354/)
  }

  /** One transaction. The reply to the final dot, or the first refusal on the way there. */
  async submit(submission: Submission): Promise<string> {
    const {
      from = 'sender@customer.test',
      to,
      bytes = 'Subject: hello\r\n\r\nhello\r\n',
    } = submission
    const parameters = submission.mailParameters ? ` ${submission.mailParameters}` : ''
    const commands = [
      `MAIL FROM:<${from}>${parameters}`,
      ...(typeof to === 'string' ? [to] : to).map((address) => `RCPT TO:<${address}>`),
    ]
    for (const command of commands) {
      const reply = await this.send(command).reply()
      if (!reply.startsWith('250')) return reply
    }
    const answer = await this.send('DATA').reply()
    if (!answer.startsWith('354')) return answer
    return this.write(onTheWire(bytes)).reply(90_000)
  }

  get transcript(): string {
    return this.#transcript.slice(-40).join('\n')
  }

  /** Says that nothing more will come, and goes on reading. */
  closeOwnSide(): this {
    this.#transcript.push('> (end)')
    this.#socket.end()
    return this
  }

  /** Ends without a word, as a client whose machine died. */
  destroy(): void {
    this.#socket.destroy()
  }

  /** Ends with a reset. */
  reset(): void {
    this.#plain.resetAndDestroy()
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#socket.destroy()
    return Promise.resolve()
  }

  async #more(deadlineMs = 45_000): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<undefined>()
    this.#wake = () => resolve(undefined)
    await within(`more from the server after\n${this.transcript}`, promise, deadlineMs)
  }
}

/** A message as it travels in DATA: dots stuffed (RFC 5321 §4.5.2), ended by the lone dot. */
export function onTheWire(bytes: Buffer | string): Buffer {
  const text = typeof bytes === 'string' ? bytes : bytes.toString('latin1')
  const stuffed = text.replace(/(^|\r\n)\./g, '$1..')
  const closed = stuffed === '' || stuffed.endsWith('\r\n') ? stuffed : `${stuffed}\r\n`
  return Buffer.from(`${closed}.\r\n`, 'latin1')
}

/** The id in `250 2.0.0 queued as <id>`; fails on any other reply. */
export function idIn(reply: string): string {
  const id = /^250 2\.0\.0 queued as ([0-9A-Z]{26})\b/.exec(reply)?.[1]
  if (!id) throw new Error(`not a receipt: ${reply}`)
  return id
}
