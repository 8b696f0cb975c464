import { createConnection } from 'node:net'
import { Channel } from '../../ipc/channel.ts'
import { FrameTooLarge, type Frame } from '../../ipc/frames.ts'
import { minute } from '../../time/clock.ts'
import type { Answer, Command, DuePush } from './commands.ts'

/** The command never left: nothing happened, it may be said again. */
export class StoreUnavailable extends Error {
  override name = 'StoreUnavailable'
}
/** The command left, the answer never came: whether it took effect is unknown. */
export class StoreLost extends Error {
  override name = 'StoreLost'
}

/** Why a command was refused here and never left: it will never fit, however often it is said. */
export const commandTooLarge = 'command too large'

interface Waiting {
  resolve: (answer: Answer) => void
  reject: (error: Error) => void
}

export interface StoreClientOptions {
  socketPath: string
  onPush?: (push: DuePush) => void
  /** After every (re)connection, before commands of others are let through; delivery follows here. */
  onConnect?: (client: StoreClient) => Promise<void>
  onDisconnect?: () => void
}

const reconnectMs = 100
const answerTimeoutMs = 5 * minute

/**
 * A connection to the store process. It connects again by itself for as long as it isn't closed; commands sent while
 * there is no connection fail at once with StoreUnavailable, those whose answer was cut off with StoreLost.
 */
export class StoreClient {
  readonly #options: StoreClientOptions
  #channel: Channel | null = null
  #nextId = 1
  #closed = false
  readonly #waiting = new Map<number, Waiting>()
  #connectWaiters: (() => void)[] = []

  constructor(options: StoreClientOptions) {
    this.#options = options
    this.#connect()
  }

  get connected(): boolean {
    return this.#channel !== null
  }

  /** Bytes on their way to the store; a sender of large messages pauses its source while this is high. */
  get backlogBytes(): number {
    return this.#channel?.backlogBytes ?? 0
  }

  /** Resolves at the next connection, at once if there is one. */
  async whenConnected(): Promise<void> {
    if (this.#channel) return
    await new Promise<void>((resolve) => this.#connectWaiters.push(resolve))
  }

  send(command: Command, payload: Uint8Array | null = null): Promise<Answer> {
    const channel = this.#channel
    if (!channel) return Promise.reject(new StoreUnavailable('no connection to the store'))
    const id = this.#nextId++
    try {
      channel.send({ id, command }, payload)
    } catch (error) {
      if (!(error instanceof FrameTooLarge)) throw error
      return Promise.resolve({ kind: 'refused', reason: commandTooLarge })
    }
    return new Promise<Answer>((resolve, reject) => this.#waiting.set(id, { resolve, reject }))
  }

  close(): void {
    this.#closed = true
    this.#channel?.flush()
    this.#channel?.destroy()
  }

  #connect(): void {
    if (this.#closed) return
    const socket = createConnection(this.#options.socketPath)
    socket.setTimeout(answerTimeoutMs, () => {
      if (this.#waiting.size > 0) socket.destroy()
    })
    const channel = new Channel(
      socket,
      (frames) => this.#receive(frames),
      () => this.#lost(channel),
    )
    socket.on('connect', () => {
      this.#channel = channel
      const ready = this.#options.onConnect?.(this) ?? Promise.resolve()
      ready.then(
        () => {
          const waiters = this.#connectWaiters
          this.#connectWaiters = []
          for (const resolve of waiters) resolve()
        },
        () => channel.destroy(),
      )
    })
  }

  #receive(frames: Frame[]): void {
    for (const { head } of frames) {
      const { id, answer, push } = head as { id?: number; answer?: Answer; push?: DuePush }
      if (push) this.#options.onPush?.(push)
      if (id === undefined || !answer) continue
      const waiting = this.#waiting.get(id)
      this.#waiting.delete(id)
      waiting?.resolve(answer)
    }
  }

  #lost(channel: Channel): void {
    if (this.#channel === channel) {
      this.#channel = null
      const cutOff = [...this.#waiting.values()]
      this.#waiting.clear()
      for (const waiting of cutOff) waiting.reject(new StoreLost('the store went away'))
      this.#options.onDisconnect?.()
    }
    if (!this.#closed) setTimeout(() => this.#connect(), reconnectMs)
  }
}
