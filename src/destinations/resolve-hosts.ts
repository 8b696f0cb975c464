import { networkInterfaces } from 'node:os'
import { FreshMap } from '../collections/fresh.ts'
import { Turns } from '../collections/turns.ts'
import { monotonicMs, second, type Millis } from '../time/clock.ts'
import { ownAddresses, reachOf, type AddressReach } from './address-reach.ts'
import { BelievedAnswers } from './believed-answers.ts'
import { DnsQuestions, type DnsSettings, type LookUpQuestions } from './dns-lookup.ts'
import { findExchanges, type ExchangesAnswer } from './find-exchanges.ts'
import type { HostsAnswer } from './hosts-answer.ts'
import { undeliverable } from './undeliverable.ts'

export interface ResolverOptions extends DnsSettings {
  /** Port of the hosts. */
  port: number
  ipv6: boolean
  /** Whether loopback, private and own addresses may be sent to. */
  allowPrivate: boolean
  /** Longest time for one look-up, however many questions it takes; 10 s where it is left out. */
  deadlineMs?: Millis
}

/** Destinations are written as `destinationOf` writes them. */
export interface HostsResolver {
  /** The answer that is still believed; null: it has to be looked up. O(1), no input or output. */
  known(destination: string): HostsAnswer | null
  /**
   * Looks the destination up now; all who ask for it meanwhile share one look-up. Always resolves within `deadlineMs`,
   * with what was found out by then. After `close` it answers `temporary` at once.
   */
  lookUp(destination: string): Promise<HostsAnswer>
  close(): void
}

const defaultDeadlineMs = 10 * second
const ownAddressesBelievedMs = 10 * second
/**
 * Look-ups at once; each is a few questions. Thousands at once would overrun the buffers of a DNS server, so that good
 * domains seemed to be unreachable; but those that only wait for a dead server must not keep the others out.
 */
const lookUpTurns = { atOnce: 100, slowAfterMs: 500 }
/** All look-ups stand in one line. */
const oneLine = ''

/** A resolver with a cache of its own. */
export const createResolver = (options: ResolverOptions): HostsResolver =>
  new DnsHostsResolver(options)

class DnsHostsResolver implements HostsResolver {
  readonly #options: ResolverOptions
  readonly #questions: DnsQuestions
  readonly #answers: BelievedAnswers
  readonly #turns = new Turns(lookUpTurns)
  readonly #underWay = new FreshMap<string, Promise<ExchangesAnswer>>()
  #own = { addresses: ownAddresses([]), until: -Infinity }

  constructor(options: ResolverOptions) {
    this.#options = options
    this.#questions = new DnsQuestions(options)
    this.#answers = new BelievedAnswers(options.port)
  }

  known(destination: string): HostsAnswer | null {
    return this.#answers.get(destination, monotonicMs())
  }

  async lookUp(destination: string): Promise<HostsAnswer> {
    const underWay = this.#underWay.get(destination) ?? this.#begin(destination)
    return this.#answers.answerOf(await underWay)
  }

  close(): void {
    this.#questions.cancel()
  }

  #begin(destination: string): Promise<ExchangesAnswer> {
    const underWay = this.#findInTurn(destination)
    this.#underWay.set(destination, underWay)
    return underWay.finally(() => this.#underWay.delete(destination))
  }

  /** Its time begins before its turn comes. An unknown fault is temporary. */
  async #findInTurn(destination: string): Promise<ExchangesAnswer> {
    const { deadlineMs = defaultDeadlineMs } = this.#options
    let questions: LookUpQuestions | null = null
    try {
      const asked = (questions = this.#questions.within(deadlineMs))
      return await this.#turns.take(oneLine, () => this.#find(destination, asked))
    } catch {
      return undeliverable.lookUpFailed(destination, 'unexpected fault')
    } finally {
      questions?.end()
    }
  }

  async #find(destination: string, questions: LookUpQuestions): Promise<ExchangesAnswer> {
    const { ipv6 } = this.#options
    const reach = (address: string) => this.#reachOf(address)
    const believed = (key: string) => this.#answers.hostSet(key, monotonicMs())
    const finding = await findExchanges(destination, questions, { ipv6, reach, believed })
    this.#answers.put(destination, finding, monotonicMs())
    return finding
  }

  #reachOf(address: string): AddressReach {
    if (this.#options.allowPrivate) return 'public'
    const now = monotonicMs()
    if (this.#own.until <= now) {
      const addresses = ownAddresses(addressesOfThisMachine())
      this.#own = { addresses, until: now + ownAddressesBelievedMs }
    }
    return reachOf(address, this.#own.addresses)
  }
}

const addressesOfThisMachine = (): string[] =>
  Object.values(networkInterfaces()).flatMap((entries) =>
    (entries ?? []).map(({ address }) => address),
  )
