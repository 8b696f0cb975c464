import { createConnection, type Socket } from 'node:net'

/** A reply other than the one expected, or none. */
class Refused extends Error {
  override name = 'Refused'
}

/** The last line of a reply has a space after the code (RFC 5321 §4.2). */
const lastLine = /^(\d{3})(?: .*)?\r\n$/m

/**
 * The client's side of SMTP in its plainest form, as smtp-source speaks it: every command waits for its reply. One
 * client of ours for all sides, for what smtp-source can't do: many destinations, a fixed rate, latencies.
 */
export class SmtpSession {
  readonly #socket: Socket
  #received = ''
  #waiting: { resolve: (code: number) => void; reject: (error: Error) => void } | null = null
  #failure: Error | null = null

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setNoDelay(true)
    socket.setEncoding('latin1')
    socket.on('data', (text: string) => {
      this.#received += text
      const match = lastLine.exec(this.#received)
      if (!match) return
      const waiting = this.#waiting
      this.#waiting = null
      if (waiting) this.#received = ''
      waiting?.resolve(Number(match[1]))
    })
    socket.on('error', (error) => this.#fail(error))
    socket.on('close', () => this.#fail(new Refused('connection closed')))
  }

  /**
   * Connects, from an address of loopback where one is given, and says HELO. The signal ends the session at once,
   * whatever it waits for.
   */
  static async open(
    port: number,
    signal: AbortSignal,
    localAddress?: string,
  ): Promise<SmtpSession> {
    const from = localAddress === undefined ? {} : { localAddress }
    const to = { host: '127.0.0.1', port, ...from, signal }
    const session = new SmtpSession(createConnection(to))
    await session.#expect(220)
    await session.#say('HELO client.bench.example\r\n', 250)
    return session
  }

  /** Sends one message; resolves at the 250 that follows the final dot. */
  async send(sender: string, recipients: readonly string[], content: string): Promise<void> {
    await this.#say(`MAIL FROM:<${sender}>\r\n`, 250)
    for (const recipient of recipients) await this.#say(`RCPT TO:<${recipient}>\r\n`, 250)
    await this.#say('DATA\r\n', 354)
    await this.#say(`${content}.\r\n`, 250)
  }

  close(): void {
    this.#socket.removeAllListeners('close')
    this.#socket.end('QUIT\r\n')
    this.#socket.unref()
  }

  #fail(error: Error): void {
    this.#failure ??= error
    this.#waiting?.reject(this.#failure)
    this.#waiting = null
  }

  async #say(text: string, expected: number): Promise<void> {
    this.#socket.write(text, 'latin1')
    await this.#expect(expected)
  }

  async #expect(expected: number): Promise<void> {
    if (this.#failure) throw this.#failure
    const code = await new Promise<number>((resolve, reject) => {
      this.#waiting = { resolve, reject }
    })
    if (code !== expected) throw new Refused(`${String(code)} instead of ${String(expected)}`)
  }
}

let serial = 0

/** A message with the header and the body that smtp-source makes: lines of 80 bytes, `bytes` in all after the header. */
export function makeMessage(sender: string, recipient: string, bytes: number): string {
  serial += 1
  const header = [
    `From: <${sender}>`,
    `To: <${recipient}>`,
    `Date: ${new Date().toUTCString().replace('GMT', '+0000')}`,
    `Message-Id: <${String(process.pid)}.${String(serial)}@client.bench.example>`,
  ]
  return `${header.join('\r\n')}\r\n\r\n${bodyOf(bytes)}`
}

const bodies = new Map<number, string>()

function bodyOf(bytes: number): string {
  const known = bodies.get(bytes)
  if (known !== undefined) return known
  const line = `${'X'.repeat(78)}\r\n`
  const lines = line.repeat(Math.floor(bytes / line.length))
  const rest = bytes - lines.length
  const body = rest >= 2 ? `${lines}${'X'.repeat(rest - 2)}\r\n` : lines
  bodies.set(bytes, body)
  return body
}
