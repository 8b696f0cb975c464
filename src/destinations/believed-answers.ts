/** What was looked up, as long as it may be believed, in bounded memory. */
import { BoundedMap } from '../collections/bounded-map.ts'
import { minute, random, second, type Millis } from '../time/clock.ts'
import type { ExchangesAnswer, MxHosts } from './find-exchanges.ts'
import { orderHosts, type Exchange } from './host-list.ts'
import type { HostsAnswer } from './hosts-answer.ts'
import type { Undeliverable } from './undeliverable.ts'

interface Believed {
  /** A refusal, or the key of a host set. */
  readonly found: Undeliverable | string
  readonly until: Millis
  /** How long it is believed in all. */
  readonly lifeMs: Millis
}

interface BelievedHosts extends MxHosts {
  readonly until: Millis
  readonly weight: number
}

/** Measured: 130 to 320 bytes for a destination, 700 for a set of two hosts; at most about 110 MB in all. */
const destinationsKept = 100_000
/** Sets of two hosts; a larger one counts as several. */
const hostSetsKept = 50_000
/** What a set and each of its hosts take beside texts of their own. */
const bytesOfTwo = 700
const bytesOfHost = 350

/**
 * How long an answer is believed. Node tells the TTL of address records but not that of MX records, so five minutes is
 * the most; the DNS server behind keeps to the real one. A TTL of 0 must not mean a question per message.
 */
const longestLifeMs = 5 * minute
const shortestLifeMs = 10 * second
const permanentLifeMs = minute
/** A look-up that fails again and again is believed twice as long each time. */
const temporaryLifeMs = 15 * second
const longestTemporaryLifeMs = 2 * minute

export class BelievedAnswers {
  readonly #port: number
  readonly #destinations = new BoundedMap<string, Believed>(destinationsKept)
  readonly #hostSets = new BoundedMap<string, BelievedHosts>(hostSetsKept, ({ weight }) => weight)

  /** @param port Port of the hosts. */
  constructor(port: number) {
    this.#port = port
  }

  get(destination: string, now: Millis): HostsAnswer | null {
    const believed = believedNow(this.#destinations, destination, now)
    if (!believed) return null
    if (typeof believed.found !== 'string') return believed.found
    const hostSet = this.hostSet(believed.found, now)
    return hostSet ? this.#hosts(hostSet) : null
  }

  /** The host set that is believed to belong to these MX records. */
  hostSet(key: string, now: Millis): MxHosts | null {
    return believedNow(this.#hostSets, key, now)
  }

  put(destination: string, finding: ExchangesAnswer, now: Millis): void {
    switch (finding.kind) {
      case 'found': {
        const longest = finding.complete ? longestLifeMs : temporaryLifeMs
        const lifeMs = Math.min(Math.max(finding.ttlMs, shortestLifeMs), longest)
        const { place } = finding.hostSet
        const exchanges = compact(finding.hostSet.exchanges)
        // The text that is already there, so that thousands of destinations hold one and the same
        const key = this.#hostSets.get(finding.hostSet.key)?.key ?? finding.hostSet.key
        const weight = weightOf(exchanges)
        this.#hostSets.set(key, { key, place, exchanges, until: now + lifeMs, weight })
        this.#keep(destination, key, longestLifeMs, now)
        return
      }
      case 'known':
        this.#keep(destination, finding.hostSet.key, longestLifeMs, now)
        return
      case 'permanent':
        this.#keep(destination, finding, permanentLifeMs, now)
        return
      case 'temporary':
        this.#keep(destination, finding, this.#temporaryLife(destination), now)
    }
  }

  answerOf(finding: ExchangesAnswer): HostsAnswer {
    if (finding.kind === 'permanent' || finding.kind === 'temporary') return finding
    return this.#hosts(finding.hostSet)
  }

  #keep(destination: string, found: Undeliverable | string, lifeMs: Millis, now: Millis): void {
    this.#destinations.set(destination, { found, until: now + lifeMs, lifeMs })
  }

  #temporaryLife(destination: string): Millis {
    const before = this.#destinations.get(destination)
    if (!before || typeof before.found === 'string' || before.found.kind !== 'temporary') {
      return temporaryLifeMs
    }
    return Math.min(2 * before.lifeMs, longestTemporaryLifeMs)
  }

  #hosts({ place, exchanges }: MxHosts): HostsAnswer {
    return { kind: 'hosts', place, inOrder: () => orderHosts(exchanges, this.#port, random) }
  }
}

/** The answer while it may be believed. */
function believedNow<V extends { until: Millis }>(
  answers: BoundedMap<string, V>,
  key: string,
  now: Millis,
): V | null {
  const answer = answers.get(key)
  if (!answer || answer.until <= now) return null
  answers.use(key)
  return answer
}

/** Arrays that were made by filtering have room for sixteen more. */
const compact = (exchanges: readonly Exchange[]): Exchange[] =>
  exchanges.map((exchange) => ({ ...exchange, addresses: [...exchange.addresses] }))

function weightOf(exchanges: readonly Exchange[]): number {
  let bytes = 0
  for (const { name, addresses } of exchanges) {
    bytes += bytesOfHost + name.length + addresses.join().length
  }
  return Math.max(1, Math.ceil(bytes / bytesOfTwo))
}
