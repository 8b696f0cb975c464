/** The server's side of SMTP as cheap as it can be: counts messages and keeps nothing of them. */
import type { Socket } from 'node:net'

export interface SinkScript {
  /** No final dot is answered before; null: at once. */
  open: Promise<unknown> | null
  /** How long the reply to the final dot takes from there. */
  dotMs: number
  /** The reply to RCPT; a 421 ends the connection. */
  rcpt: (recipient: string) => string
  /** The connection ends with the reply to the final dot: whoever has more connects again. */
  oneEach: boolean
  /** A message got its 250, at this address of ours. */
  onMessage: (recipients: readonly string[], address: string) => void
  /** Another transaction was begun on a connection whose last one had a 4xx for somebody and took nobody. */
  onMailAfterRefusal: () => void
}

const endOfData = '\r\n.\r\n'
const greeting = '220 sink.example ESMTP\r\n'
const extensions = '250-sink.example\r\n250-PIPELINING\r\n250 8BITMIME\r\n'

class SinkSession {
  readonly #socket: Socket
  readonly #script: SinkScript
  readonly #address: string
  #text = ''
  #isData = false
  #recipients: string[] = []
  /** Somebody of the latest transaction got a 4xx. */
  #putOff = false
  #isOver = false

  constructor(socket: Socket, script: SinkScript) {
    this.#socket = socket
    this.#script = script
    this.#address = socket.localAddress ?? ''
  }

  begin(): void {
    const socket = this.#socket
    socket.setNoDelay(true)
    socket.setEncoding('latin1')
    socket.on('error', () => socket.destroy())
    socket.on('data', (text: string) => this.#take(text))
    socket.write(greeting)
  }

  #take(text: string): void {
    if (this.#isOver) return
    this.#text += text
    let replies = ''
    for (;;) {
      if (this.#isData) {
        if (!this.#endsData()) break
        continue
      }
      const end = this.#text.indexOf('\r\n')
      if (end < 0) break
      const line = this.#text.slice(0, end)
      this.#text = this.#text.slice(end + 2)
      const reply = this.#replyTo(line)
      replies += reply
      if (!reply.startsWith('421')) continue
      this.#isOver = true
      this.#socket.end(replies)
      return
    }
    if (replies !== '') this.#socket.write(replies)
  }

  /** Whether the final dot has come; what came before it is dropped, but for what may be the beginning of the end. */
  #endsData(): boolean {
    const end = this.#text.indexOf(endOfData)
    if (end < 0) {
      this.#text = this.#text.slice(-endOfData.length)
      return false
    }
    this.#text = this.#text.slice(end + endOfData.length)
    this.#isData = false
    const recipients = this.#recipients
    const { open, dotMs } = this.#script
    const answer = (): void => {
      if (dotMs > 0) setTimeout(() => this.#accept(recipients), dotMs)
      else this.#accept(recipients)
    }
    if (open) void open.then(answer)
    else answer()
    return true
  }

  #accept(recipients: readonly string[]): void {
    if (this.#socket.destroyed) return
    this.#socket.write('250 2.0.0 taken\r\n')
    if (this.#script.oneEach) this.#socket.end()
    this.#script.onMessage(recipients, this.#address)
  }

  #replyTo(line: string): string {
    switch (line.slice(0, 4).toUpperCase()) {
      case 'EHLO':
        return extensions
      case 'MAIL':
        if (this.#putOff && this.#recipients.length === 0) this.#script.onMailAfterRefusal()
        this.#recipients = []
        this.#putOff = false
        return '250 2.1.0 ok\r\n'
      case 'RCPT':
        return this.#replyToRcpt(line.slice(line.indexOf('<') + 1, line.indexOf('>')))
      case 'DATA':
        if (this.#recipients.length === 0) return '554 5.5.1 no recipients\r\n'
        // The line break before the first line counts as one before the dot of an empty message.
        this.#text = `\r\n${this.#text}`
        this.#isData = true
        return '354 go ahead\r\n'
      case 'QUIT':
        this.#socket.end('221 2.0.0 bye\r\n')
        return ''
      default:
        return '250 2.0.0 ok\r\n'
    }
  }

  #replyToRcpt(recipient: string): string {
    const reply = this.#script.rcpt(recipient)
    if (reply.startsWith('2')) this.#recipients.push(recipient)
    this.#putOff ||= reply.startsWith('4')
    return `${reply}\r\n`
  }
}

/** Speaks to one client until it goes. */
export function serveSink(socket: Socket, script: SinkScript): void {
  new SinkSession(socket, script).begin()
}
