import type { Socket } from 'node:net'
import { encodeFrame, FrameReader, type Frame } from './frames.ts'

/** How long a frame that has time waits for others. */
const companyMs = 1

/**
 * One end of a framed connection. Frames sent within one turn of the event loop leave in one write: each write wakes the other
 * process, which costs more than what most frames say.
 */
export class Channel {
  readonly #socket: Socket
  #outgoing: Uint8Array[] = []
  #scheduled = false
  #later: NodeJS.Timeout | null = null
  #closed = false

  /**
   * `onFrames` gets all frames that one read brought, in order. `onClose` is called once, also when the other side
   * sends what is no frame.
   */
  constructor(socket: Socket, onFrames: (frames: Frame[]) => void, onClose: () => void) {
    this.#socket = socket
    const reader = new FrameReader()
    socket.on('data', (bytes: Buffer) => {
      let frames: Frame[]
      try {
        frames = reader.push(bytes)
      } catch {
        socket.destroy()
        return
      }
      if (frames.length > 0) onFrames(frames)
    })
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      this.#closed = true
      onClose()
    })
  }

  get closed(): boolean {
    return this.#closed
  }

  /** Bytes accepted but not yet taken by the other side; the sender should pause when this grows. */
  get backlogBytes(): number {
    return this.#socket.writableLength
  }

  /** Calls once when the other side has taken all, at once where it has. */
  whenTaken(act: () => void): void {
    if (this.#socket.writableNeedDrain) this.#socket.once('drain', act)
    else act()
  }

  /** `hasTime`: it leaves with the next that has none, or a millisecond later. @throws FrameTooLarge */
  send(head: unknown, payload: Uint8Array | null = null, hasTime = false): void {
    if (this.#closed) return
    this.#outgoing.push(...encodeFrame(head, payload))
    if (this.#scheduled) return
    if (hasTime) {
      this.#later ??= setTimeout(() => this.flush(), companyMs)
      return
    }
    this.#scheduled = true
    setImmediate(() => this.flush())
  }

  /** Writes what was sent in this turn; called by itself, and by those who can't wait for the turn's end. */
  flush(): void {
    this.#scheduled = false
    if (this.#later) clearTimeout(this.#later)
    this.#later = null
    if (this.#outgoing.length === 0 || this.#closed) return
    const buffers = this.#outgoing
    this.#outgoing = []
    this.#socket.write(buffers.length === 1 ? (buffers[0] ?? '') : Buffer.concat(buffers))
  }

  destroy(): void {
    this.#socket.destroy()
  }
}
