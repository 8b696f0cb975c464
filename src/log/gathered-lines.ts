import { writeSync } from 'node:fs'

/** Bytes of lines that are gathered for one write: a write for each message would be a tenth of what it costs. */
const gatheredBytes = 4096
/** How long a line may wait to be written. */
const flushMs = 500

/** Where lines go. */
export interface LineSink {
  /** Appends whole lines. Returns null, or why some of them were lost; never throws. */
  append(lines: Buffer): NodeJS.ErrnoException | null
  /** What is wrong with it although it takes lines. */
  readonly trouble: NodeJS.ErrnoException | null
}

export interface LossReport {
  /** The line that tells readers of the log how many lines are missing. */
  describe(lines: number): string
  /**
   * The first line was lost, after all others had been written. Not told at the end of the process: the last that it says
   * is why it ends.
   */
  onLoss(cause: NodeJS.ErrnoException): void
  /** Something is wrong with the sink although it takes lines, and was not before. */
  onTrouble(cause: NodeJS.ErrnoException): void
}

/**
 * Lines on their way to a sink, several to a write. A disk that is full takes no lines: they are dropped and counted,
 * because a relay must not stop, wait or grow for the sake of its log. Once it takes lines again, one says how many are
 * missing.
 */
export class GatheredLines {
  readonly #sink: LineSink
  readonly #loss: LossReport
  #text = ''
  #lost = 0
  #hadTrouble = false
  #isEnding = false

  constructor(sink: LineSink, loss: LossReport) {
    this.#sink = sink
    this.#loss = loss
    setInterval(() => this.flush(), flushMs).unref()
    process.on('exit', () => {
      this.#isEnding = true
      this.flush()
    })
  }

  write(line: string): void {
    this.#text += line
    if (this.#text.length >= gatheredBytes || this.#isEnding) this.flush()
  }

  flush(): void {
    if (this.#text === '') return
    const missing = this.#lost === 0 ? '' : this.#loss.describe(this.#lost)
    const text = this.#text
    this.#text = ''
    const cause = this.#sink.append(Buffer.from(missing + text))
    this.#tellOfTrouble()
    if (cause === null) {
      this.#lost = 0
      return
    }
    const isFirst = this.#lost === 0
    // What was written of them can't be told apart, so the number is an upper bound
    this.#lost += text.split('\n').length - 1
    if (isFirst && !this.#isEnding) this.#loss.onLoss(cause)
  }

  #tellOfTrouble(): void {
    const { trouble } = this.#sink
    if (trouble && !this.#hadTrouble) this.#loss.onTrouble(trouble)
    this.#hadTrouble = trouble !== null
  }
}

/** A file descriptor that somebody else opened, such as stdout. */
export class DescriptorSink implements LineSink {
  readonly trouble = null
  readonly #fd: number

  constructor(fd: number) {
    this.#fd = fd
  }

  append(lines: Buffer): NodeJS.ErrnoException | null {
    let rest = lines
    try {
      while (rest.length > 0) rest = rest.subarray(writeSync(this.#fd, rest))
      return null
    } catch (error) {
      return error as NodeJS.ErrnoException
    }
  }
}
