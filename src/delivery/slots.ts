import type { Pace } from '../destinations/pace.ts'
import type { Rest } from '../destinations/rests.ts'
import { monotonicMs, type Clock } from '../time/clock.ts'
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

/** Two providers can be at one address, on two ports. */
const keyOf = (
  { provider }: HostsTarget,
  { host, address }: Candidate | SmtpConnection['remote'],
): string => `${provider} ${host} ${address}`

export interface SlotsOptions {
  pace: Pace
  /** Connections over all. */
  connections: number
  clock: Clock
  /** A slot of this provider came free, and with `overAll` one that everybody may have waited for. */
  onFree: (provider: string, overAll: boolean) => void
  /** These hosts are left alone from now on. */
  onRest: (hostSet: string, rest: Rest) => void
}

/** Connections to hosts: how many there may be (the pace), and those that wait open for more work. */
export class Slots {
  readonly #options: SlotsOptions
  /** By host, the oldest first. */
  readonly #idle = new Map<string, Idle[]>()
  #open = 0
  /** Connections that are being ended, by provider; they count until the host has let go of them. */
  readonly #leaving = new Map<string, number>()
  /** Somebody was refused while all connections were in use. */
  #starved = false

  constructor(options: SlotsOptions) {
    this.#options = options
  }

  /** A slot for one job; `full` while the provider or the relay has all the connections that it may have. */
  reserve(target: HostsTarget): Slot | 'full' | 'resting' {
    for (const candidate of target.candidates) {
      const connection = this.#takeIdle(keyOf(target, candidate))
      if (connection) return { target, connection }
    }
    const { pace, clock, connections } = this.#options
    const { provider } = target
    const room = pace.room(target, clock.now())
    if (room === 'resting') return room
    if (room === 'full') {
      this.#makeRoom(provider)
      this.#starved ||= this.#open >= connections
      return room
    }
    pace.opened(target)
    this.#open++
    return { target, connection: null }
  }

  connectionWorked({ target }: Slot): void {
    this.#options.pace.connectionWorked(target)
  }

  connectionFailed({ target }: Slot, cause: string): void {
    const { pace, clock, onRest } = this.#options
    const rest = pace.connectionFailed(target, cause, clock.now())
    if (rest) onRest(target.hostSet, rest)
  }

  /** Gives a slot back, with the connection that is open now, if any. */
  release(slot: Slot, connection: SmtpConnection | null): void {
    const { target } = slot
    if (!connection || connection.closed) {
      this.#closed(target)
      return
    }
    const idle = { connection, target, until: monotonicMs() + target.idleMs }
    if (connection.messages >= target.messagesPerConnection) {
      this.#end(idle)
      return
    }
    const key = keyOf(target, connection.remote)
    connection.onLost = () => {
      this.#forget(key, idle)
      this.#closed(target)
    }
    const sameHost = this.#idle.get(key)
    if (sameHost) sameHost.push(idle)
    else this.#idle.set(key, [idle])
    this.#freed(target)
  }

  /** Ends connections that have been idle for too long; to be called every second or so. */
  closeIdle(now = monotonicMs()): void {
    const idles = [...this.#idle.values()].flat()
    for (const idle of idles) if (idle.until <= now) this.#end(idle)
  }

  closeAll(): void {
    this.closeIdle(Infinity)
  }

  /** A connection that idles at another of the provider's hosts, or where all are in use anywhere, gives way to work. */
  #makeRoom(provider: string): void {
    const idles = [...this.#idle.values()].flat()
    const own = idles.find((idle) => idle.target.provider === provider)
    if (own) {
      if (!this.#leaving.has(provider)) this.#end(own)
      return
    }
    const full = this.#open >= this.#options.connections
    if (full && this.#leaving.size === 0 && idles[0]) this.#end(idles[0])
  }

  #end(idle: Idle): void {
    const { connection, target } = idle
    const { provider } = target
    this.#forget(keyOf(target, connection.remote), idle)
    this.#leaving.set(provider, (this.#leaving.get(provider) ?? 0) + 1)
    connection.onLost = null
    connection.quit(() => {
      const left = (this.#leaving.get(provider) ?? 1) - 1
      if (left > 0) this.#leaving.set(provider, left)
      else this.#leaving.delete(provider)
      this.#closed(target)
    })
  }

  #closed(target: HostsTarget): void {
    this.#options.pace.closed(target)
    this.#open--
    this.#freed(target)
  }

  #freed({ provider }: HostsTarget): void {
    const overAll = this.#starved
    this.#starved = false
    this.#options.onFree(provider, overAll)
  }

  /** The newest: the others get old and go. */
  #takeIdle(key: string): SmtpConnection | null {
    const idle = this.#idle.get(key)?.at(-1)
    if (!idle) return null
    this.#forget(key, idle)
    idle.connection.onLost = null
    return idle.connection
  }

  #forget(key: string, idle: Idle): void {
    const left = (this.#idle.get(key) ?? []).filter((other) => other !== idle)
    if (left.length > 0) this.#idle.set(key, left)
    else this.#idle.delete(key)
  }
}
