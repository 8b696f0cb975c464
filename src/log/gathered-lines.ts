import { writeSync } from 'node:fs'

/** Bytes of lines that are gathered for one write: a write for each message would be a tenth of what it costs. */
const gatheredBytes = 4096
/** How long a line may wait to be written. */
const flushMs = 500

/**
 * Lines on their way to a file descriptor, several to a write. A disk that is full takes no lines: they are dropped,
 * because a relay must not stop, wait or grow for the sake of its log.
 */
export class GatheredLines {
  readonly #fd: number
  #text = ''

  constructor(fd: number) {
    this.#fd = fd
    setInterval(() => this.flush(), flushMs).unref()
    process.on('exit', () => this.flush())
  }

  write(line: string): void {
    this.#text += line
    if (this.#text.length >= gatheredBytes) this.flush()
  }

  flush(): void {
    let bytes = Buffer.from(this.#text)
    this.#text = ''
    try {
      while (bytes.length > 0) bytes = bytes.subarray(writeSync(this.#fd, bytes))
    } catch {
      // There is nowhere to say it.
    }
  }
}
