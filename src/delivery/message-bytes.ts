import type { MessageKey } from '../store/commands.ts'

interface Held {
  content: Buffer[]
  sizeBytes: number
  users: number
}

/**
 * The bytes of messages while they are being sent, read once for all jobs of a message, and bounded over all: a job
 * whose message doesn't fit waits until others are through.
 */
export class MessageBytes {
  readonly #read: (message: MessageKey) => Buffer[]
  readonly #limitBytes: number
  readonly #held = new Map<MessageKey, Held>()
  #bytes = 0
  #waiting: (() => void)[] = []

  constructor(read: (message: MessageKey) => Buffer[], limitBytes: number) {
    this.#read = read
    this.#limitBytes = limitBytes
  }

  /** Reads a message; `giveBack` must follow. Throws what the reader throws. */
  async take(message: MessageKey, sizeBytes: number): Promise<Buffer[]> {
    while (!this.#held.has(message) && !this.#fits(sizeBytes)) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
    const held = this.#held.get(message) ?? this.#hold(message, sizeBytes)
    held.users++
    return held.content
  }

  giveBack(message: MessageKey): void {
    const held = this.#held.get(message)
    if (!held || --held.users > 0) return
    this.#held.delete(message)
    this.#bytes -= held.sizeBytes
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }

  #fits(sizeBytes: number): boolean {
    return this.#bytes === 0 || this.#bytes + sizeBytes <= this.#limitBytes
  }

  #hold(message: MessageKey, sizeBytes: number): Held {
    const held = { content: this.#read(message), sizeBytes, users: 0 }
    this.#held.set(message, held)
    this.#bytes += sizeBytes
    return held
  }
}
