import { createConnection } from 'node:net'
import { FreshMap } from '../../collections/fresh.ts'
import { Channel } from '../../ipc/channel.ts'
import { FrameTooLarge, type Frame } from '../../ipc/frames.ts'
import { minute } from '../../time/clock.ts'
import type { Principal } from '../../words/principal.ts'
import type { Answer, AnswerTo, Unavailable } from './answers.ts'
import { isPatient, type Command, type DuePush } from './commands.ts'

/** The command left, the answer never came: whether it took effect is unknown. */
export class StoreLost extends Error {
  override name = 'StoreLost'
}

/** The way to the store in somebody's name. */
export interface CommandPort {
  /** @throws StoreLost: the connection ended before the answer came, so that the outcome is unknown */
  send<C extends Command>(command: C, payload?: Uint8Array | null): Promise<AnswerTo<C>>
  /** The same way in the name of another. */
  as(principal: Principal): CommandPort
}

interface Waiting {
  resolve: (answer: Answer) => void
  reject: (error: Error) => void
}

export interface StoreClientOptions {
  socketPath: string
  /** In whose name commands are sent that are not sent `as` another. */
  principal: Principal
  onPush?: (push: DuePush) => void
  /**
   * After every (re)connection: the greeting, sent through the port that it is given. Until it is done the client counts
   * as not connected, and nothing else passes. Delivery follows here.
   */
  onConnect?: (port: CommandPort) => Promise<void>
  onDisconnect?: () => void
}

const reconnectMs = 100
const answerTimeoutMs = 5 * minute

/**
 * A connection to the store process. It connects again by itself until it is closed. A command that is sent while there
 * is no connection is answered `unavailable` at once.
 */
export class StoreClient implements CommandPort {
  readonly #options: StoreClientOptions
  #channel: Channel | null = null
  /** The same once the greeting is done. */
  #greeted: Channel | null = null
  #epoch = 0
  #nextId = 1
  #closed = false
  readonly #waiting = new FreshMap<number, Waiting>()
  #connectWaiters: (() => void)[] = []

  constructor(options: StoreClientOptions) {
    this.#options = options
    this.#connect()
  }

  get connected(): boolean {
    return this.#greeted !== null
  }

  /** Another number after each lost connection: what was begun under another one is gone. */
  get epoch(): number {
    return this.#epoch
  }

  /** Bytes on their way to the store; whoever sends large messages through it pauses its source while this is high. */
  get backlogBytes(): number {
    return this.#channel?.backlogBytes ?? 0
  }

  /** Resolves at the next connection, at once if there is one. */
  async whenConnected(): Promise<void> {
    if (this.#greeted) return
    await new Promise<void>((resolve) => this.#connectWaiters.push(resolve))
  }

  send<C extends Command>(command: C, payload: Uint8Array | null = null): Promise<AnswerTo<C>> {
    return this.#send(this.#greeted, this.#options.principal, command, payload)
  }

  as(principal: Principal): CommandPort {
    return {
      send: (command, payload = null) => this.#send(this.#greeted, principal, command, payload),
      as: (other) => this.as(other),
    }
  }

  /** What was sent leaves now, not at the end of this turn of the event loop. */
  flush(): void {
    this.#channel?.flush()
  }

  close(): void {
    this.#closed = true
    this.flush()
    this.#channel?.destroy()
  }

  #send<C extends Command>(
    channel: Channel | null,
    by: Principal,
    command: C,
    payload: Uint8Array | null,
  ): Promise<AnswerTo<C>> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>()
    if (!channel) resolve(storeAway)
    else {
      const id = this.#nextId++
      try {
        channel.send({ id, by, command }, payload, isPatient(command))
        this.#waiting.set(id, { resolve, reject })
      } catch (error) {
        if (!(error instanceof FrameTooLarge)) throw error
        resolve(tooLarge)
      }
    }
    // The store answers each command with an answer of that command, which a socket can't say in types
    return promise as Promise<never>
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
      const greeter = (principal: Principal): CommandPort => ({
        send: (command, payload = null) =>
          this.#send(this.#channel === channel ? channel : null, principal, command, payload),
        as: greeter,
      })
      const { principal, onConnect } = this.#options
      const greeting = onConnect?.(greeter(principal)) ?? Promise.resolve()
      greeting.then(
        () => this.#open(channel),
        () => channel.destroy(),
      )
    })
  }

  #open(channel: Channel): void {
    if (this.#channel !== channel) return
    this.#greeted = channel
    const waiters = this.#connectWaiters
    this.#connectWaiters = []
    for (const resolve of waiters) resolve()
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
      this.#greeted = null
      this.#epoch++
      const cutOff = [...this.#waiting.values()]
      this.#waiting.clear()
      for (const waiting of cutOff) waiting.reject(new StoreLost('the store went away'))
      this.#options.onDisconnect?.()
    }
    if (!this.#closed) setTimeout(() => this.#connect(), reconnectMs)
  }
}

const storeAway: Unavailable = { kind: 'unavailable', cause: 'store away' }
const tooLarge = { kind: 'refused', reason: 'too large' } as const
