import { FreshMap } from '../collections/fresh.ts'
import {
  isForgettable,
  memoryMs,
  providerLimit,
  type PaceLimits,
  type Place,
} from '../destinations/pace.ts'
import { HostSet, Provider } from './host-set.ts'
import { LinkedList } from './linked-list.ts'

/** Host sets remembered at most that nothing is open to and no mail waits for. */
const rememberedUnused = 20_000

/**
 * What is known of host sets and their providers. One that is in use stays: these are as many as there are lanes and
 * connections. The others are forgotten after an hour, or when there are too many: first those that only failed.
 */
export class HostSets<L> {
  readonly #limits: PaceLimits
  readonly #byName = new FreshMap<string, HostSet<L>>()
  readonly #providers = new FreshMap<string, Provider<L>>()
  /** The longest unused first. */
  readonly #failed = new LinkedList<HostSet<L>>()
  readonly #proven = new LinkedList<HostSet<L>>()

  constructor(limits: PaceLimits) {
    this.#limits = limits
  }

  get size(): number {
    return this.#byName.size
  }

  find(name: string): HostSet<L> | undefined {
    return this.#byName.get(name)
  }

  /** The host set of a place, for use: known or new. */
  get({ provider: providerName, hostSet: name }: Place): HostSet<L> {
    const known = this.#byName.get(name)
    if (known) {
      known.unused.leave()
      return known
    }
    const provider = this.#provider(providerName)
    provider.hostSets++
    const hostSet = new HostSet(name, provider)
    this.#byName.set(name, hostSet)
    return hostSet
  }

  /** To be called when a lane has left or a connection is gone: where nothing needs the host set, it can be forgotten. */
  release(hostSet: HostSet<L>, now: number): void {
    if (hostSet.open > 0 || hostSet.lanes.length > 0) return
    if (isForgettable(hostSet.pace)) {
      this.#forget(hostSet)
      return
    }
    hostSet.unusedSince = now
    const unused = hostSet.pace.window > 1 ? this.#proven : this.#failed
    unused.push(hostSet.unused)
    if (this.#failed.length + this.#proven.length > rememberedUnused) {
      const first = this.#failed.first ?? this.#proven.first
      if (first) this.#forget(first)
    }
  }

  /** Forgets those that have been unused for long. */
  forgetOld(now: number): void {
    for (const list of [this.#failed, this.#proven]) {
      for (const hostSet of list) {
        if (hostSet.unusedSince + memoryMs(this.#limits) > now) break
        this.#forget(hostSet)
      }
    }
  }

  #forget(hostSet: HostSet<L>): void {
    for (const node of [hostSet.unused, hostSet.turn, hostSet.wait, hostSet.shown]) node.leave()
    this.#byName.delete(hostSet.name)
    const { provider } = hostSet
    provider.hostSets--
    if (provider.hostSets > 0) return
    provider.cramped.leave()
    this.#providers.delete(provider.name)
  }

  #provider(name: string): Provider<L> {
    const known = this.#providers.get(name)
    if (known) return known
    const provider = new Provider<L>(name, providerLimit(name, this.#limits))
    this.#providers.set(name, provider)
    return provider
  }
}
