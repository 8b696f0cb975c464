import { connect as connectPlain, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { Complaint } from './complaint.ts'
import { exitStatus } from './exit-status.ts'

const patienceMs = 30_000

/** A small SMTP client, enough for one test mail to our own relay. An unexpected reply is a complaint. */
export class SmtpDialogue {
  #socket: Socket
  #text = ''
  #wake: () => void = () => undefined
  #failure: Error | null = null

  constructor(host: string, port: number) {
    this.#socket = this.#listen(connectPlain({ host, port }))
  }

  /** Sends a line (none for null) and returns the whole reply, if its code begins as expected. */
  async say(line: string | null, hope: string): Promise<string> {
    if (line !== null) this.#socket.write(`${line}\r\n`)
    const complete = /^(?:\d{3}-.*\r\n)*\d{3}(?: .*)?\r\n/
    for (;;) {
      const [reply] = complete.exec(this.#text) ?? []
      if (reply !== undefined) {
        this.#text = this.#text.slice(reply.length)
        if (reply.startsWith(hope)) return reply.trimEnd()
        throw new Complaint(exitStatus.unavailable, `the relay says: ${reply.trimEnd()}`)
      }
      if (this.#failure) {
        throw new Complaint(
          exitStatus.unavailable,
          `no word from the relay: ${this.#failure.message}`,
        )
      }
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }

  /** The handshake; only the relay's own certificate is trusted, so its name does not matter. */
  startTls(certificate: string): void {
    this.#socket.removeAllListeners()
    const checkServerIdentity = () => undefined
    const socket = connectTls({ socket: this.#socket, ca: certificate, checkServerIdentity })
    this.#socket = this.#listen(socket)
  }

  close(): void {
    this.#socket.destroy()
  }

  #listen(socket: Socket): Socket {
    const fail = (error?: Error): void => {
      this.#failure ??= error ?? new Error('the connection was closed')
      this.#wake()
    }
    socket.setTimeout(patienceMs, () => fail(new Error('too late')))
    socket.on('error', fail).on('close', () => fail())
    return socket.setEncoding('utf8').on('data', (text: string) => {
      this.#text += text
      this.#wake()
    })
  }
}
