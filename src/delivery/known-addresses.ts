import { BoundedMap } from '../collections/bounded-map.ts'
import { minute } from '../time/clock.ts'

/** A place to try, as far as the order of trying matters. */
export interface HostAddress {
  readonly host: string
  readonly address: string
}

/** What came of connecting to an address. */
export interface Tried {
  readonly address: string
  readonly reached: boolean
}

/** For so long a try begins behind an address that was cut off, and behind one that could not be reached. */
const rememberedMs = 5 * minute
/** At least; at most twice as many. One try goes through ten. */
const unreachedKept = 10

/** What is known of the addresses of a host set. */
export class KnownAddresses {
  #cut: { readonly address: string; readonly at: number } | null = null
  /** Until when each that could not be reached comes behind the others of its host; null where there is none. */
  #unreached: BoundedMap<string, number> | null = null

  /** The wait for the host at this address was cut off for other mail. */
  wasCut(address: string, now: number): void {
    this.#cut = { address, at: now }
  }

  tried({ address, reached }: Tried, now: number): void {
    this.#unreached?.delete(address)
    if (reached) return
    this.#unreached ??= new BoundedMap(unreachedKept)
    this.#unreached.set(address, now + rememberedMs)
  }

  /**
   * The candidates in the order to try them. A host that was cut off lately, and those before it, come last: a dead primary
   * would keep the backup from being tried for as long as other mail waits, as a cut ends the try. Of one host, addresses that
   * could not be reached lately come behind the others, or each connection would wait for one that is dead.
   */
  async *inOrder<C extends HostAddress>(
    candidates: Iterable<C> | AsyncIterable<C>,
    now: number,
  ): AsyncGenerator<C, void> {
    const all = this.#deadOnesBehind(await Array.fromAsync(candidates), now)
    const cut = this.#cut
    const isOld = cut === null || cut.at + rememberedMs < now
    const at = isOld ? -1 : all.findIndex(({ address }) => address === cut.address)
    yield* all.slice(at + 1)
    yield* all.slice(0, at + 1)
  }

  #deadOnesBehind<C extends HostAddress>(all: readonly C[], now: number): readonly C[] {
    const dead = new Set(all.filter(({ address }) => this.#isDead(address, now)))
    if (dead.size === 0) return all
    const byHost = [...Map.groupBy(all, ({ host }) => host).values()]
    return byHost.flatMap((ofHost) => [
      ...ofHost.filter((one) => !dead.has(one)),
      ...ofHost.filter((one) => dead.has(one)),
    ])
  }

  /** When its time is over one connection tries it, and the others go on without it until that has an answer. */
  #isDead(address: string, now: number): boolean {
    const until = this.#unreached?.get(address)
    if (until === undefined) return false
    if (until <= now) this.#unreached?.set(address, now + rememberedMs)
    return until > now
  }
}
