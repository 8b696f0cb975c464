import type { Pace } from '../destinations/pace.ts'
import { monotonicMs, type Clock, type Millis } from '../time/clock.ts'
import type { Candidate } from './client/open-connection.ts'
import type { SmtpConnection } from './client/smtp-connection.ts'
import type { Target } from './targets.ts'

export type HostsTarget = Target & { kind: 'hosts' }

/** The right to talk to a provider over one connection, with the connection where one was left open. */
export interface Slot {
  readonly target: HostsTarget
  /** Open and idle; null where one has yet to be opened. */
  readonly connection: SmtpConnection | null
}

interface Idle {
  connection: SmtpConnection
  target: HostsTarget
  until: number
}

const keyOf = ({ host, address }: Candidate | SmtpConnection['remote']): string =>
  `${host} ${address}`

/** Connections to hosts: how many there may be (the pace), and those that wait open for more work. */
export class Slots {
  readonly #pace: Pace
  readonly #clock: Clock
  /** By host, the oldest first. */
  readonly #idle = new Map<string, Idle[]>()
  readonly #connections: number
  #open = 0

  constructor(pace: Pace, connections: number, clock: Clock) {
    this.#pace = pace
    this.#connections = connections
    this.#clock = clock
  }

  /** All connections that the relay may have are in use, by whomever. */
  get full(): boolean {
    return this.#open >= this.#connections
  }

  /** A slot for one job, null while the provider or the relay has all the connections that it may have, or rests. */
  reserve(target: HostsTarget): Slot | null {
    for (const candidate of target.candidates) {
      const connection = this.#takeIdle(keyOf(candidate))
      if (connection) return { target, connection }
    }
    const { provider } = target
    if (!this.#pace.canOpen(provider, this.#clock.now())) {
      // One that idles at another of the provider's hosts, or anywhere, gives way to work
      this.#closeOldest((idle) => idle.target.provider === provider)
      if (!this.#mayOpen(provider)) this.#closeOldest(() => true)
      if (!this.#mayOpen(provider)) return null
    }
    this.#pace.opened(provider)
    this.#open++
    return { target, connection: null }
  }

  /** When a resting provider may be tried again; null when it doesn't rest. */
  restsUntil(provider: string): Millis | null {
    return this.#pace.restsUntil(provider, this.#clock.now())
  }

  connectionWorked(slot: Slot): void {
    this.#pace.connectionWorked(slot.target.provider)
  }

  connectionFailed(slot: Slot): void {
    this.#pace.connectionFailed(slot.target.provider, this.#clock.now())
  }

  /** Gives a slot back, with the connection that is open now, if any. */
  release(slot: Slot, connection: SmtpConnection | null): void {
    const { target } = slot
    if (!connection || connection.closed) {
      this.#closed(target)
      return
    }
    if (connection.messages >= target.messagesPerConnection) {
      connection.quit()
      this.#closed(target)
      return
    }
    const key = keyOf(connection.remote)
    const idle = { connection, target, until: monotonicMs() + target.idleMs }
    connection.onLost = () => {
      this.#forget(key, idle)
      this.#closed(target)
    }
    const sameHost = this.#idle.get(key)
    if (sameHost) sameHost.push(idle)
    else this.#idle.set(key, [idle])
  }

  /** Ends connections that have been idle for too long; to be called every second or so. */
  closeIdle(now = monotonicMs()): void {
    for (const idles of [...this.#idle.values()]) {
      for (const idle of [...idles]) if (idle.until <= now) idle.connection.quit()
    }
  }

  closeAll(): void {
    this.closeIdle(Infinity)
  }

  #closed({ provider }: HostsTarget): void {
    this.#pace.closed(provider)
    this.#open--
  }

  #mayOpen(provider: string): boolean {
    return this.#pace.canOpen(provider, this.#clock.now())
  }

  /** The newest: the others get old and go. */
  #takeIdle(key: string): SmtpConnection | null {
    const idle = this.#idle.get(key)?.at(-1)
    if (!idle) return null
    this.#forget(key, idle)
    idle.connection.onLost = null
    return idle.connection
  }

  #closeOldest(which: (idle: Idle) => boolean): void {
    for (const idles of this.#idle.values()) {
      const found = idles.find(which)
      if (!found) continue
      found.connection.quit()
      return
    }
  }

  #forget(key: string, idle: Idle): void {
    const left = (this.#idle.get(key) ?? []).filter((other) => other !== idle)
    if (left.length > 0) this.#idle.set(key, left)
    else this.#idle.delete(key)
  }
}
