import { Socket } from 'node:net'

/** What may wait for a supervisor that doesn't read; what comes beyond is dropped here, and still stands in the log. */
const waitingBytes = 64 * 1024

/** stderr as the line to the supervisor. One that is gone, or stands still, holds up nobody. */
export class AlarmLine {
  readonly #stderr = new Socket({ fd: 2, readable: false })

  constructor() {
    this.#stderr.on('error', () => undefined) // nobody listens any more
    this.#stderr.unref()
  }

  write(line: string): void {
    if (this.#stderr.writable && this.#stderr.writableLength < waitingBytes) {
      this.#stderr.write(line)
    }
  }
}
