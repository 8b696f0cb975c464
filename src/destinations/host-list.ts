/** From DNS records to the hosts to try, in the order in which to try them (RFC 5321 §5.1). Pure. */
import type { AddressReach } from './address-reach.ts'
import { canonicalName, isDomainName } from './domain-name.ts'
import { undeliverable, type Undeliverable } from './undeliverable.ts'

export interface MxRecord {
  preference: number
  /** As answered; the empty name is the root. */
  exchange: string
}

/** One MX host and what is known of its addresses. */
export interface Exchange {
  preference: number
  name: string
  /** In the order in which to try them. */
  addresses: readonly string[]
  /** Why its addresses could not be looked up; null when they were, even if there are none. */
  failure: string | null
}

export interface Host {
  name: string
  addresses: string[]
  port: number
}

/** Hosts looked up for one destination at most; a longer list is an error or an attack. */
const mxConsidered = 20
/** Addresses tried for one destination at most in one go (RFC 5321 §5.1 lets the client set such a limit). */
const addressesTried = 10

export type MxChoice = { kind: 'mx'; records: MxRecord[] } | Undeliverable

/**
 * Which MX records count: the best twenty that name a host, in an order that doesn't change from one answer of DNS to
 * the next, so that the provider's key doesn't either.
 */
export function chooseMx(destination: string, answered: readonly MxRecord[]): MxChoice {
  const named = answered
    .map(({ preference, exchange }) => ({ preference, exchange: canonicalName(exchange) }))
    .filter(({ exchange }) => isDomainName(exchange))
    .sort((a, b) => a.preference - b.preference || (a.exchange < b.exchange ? -1 : 1))
  if (named.length > 0) return { kind: 'mx', records: named.slice(0, mxConsidered) }
  // A null MX beside others is ignored: RFC 7505 §3 wants it alone.
  const isNull = answered.every(({ exchange }) => canonicalName(exchange) === '')
  return isNull ? undeliverable.nullMx(destination) : undeliverable.malformedMx(destination)
}

export type UsableExchanges = { kind: 'exchanges'; exchanges: Exchange[] } | Undeliverable

/**
 * Leaves what mail may be sent to. Where this machine is itself one of the hosts, it and all of the same or worse
 * preference go, or two backup hosts would send mail in circles (RFC 5321 §5.1).
 */
export function usableExchanges(
  destination: string,
  exchanges: readonly Exchange[],
  reach: (address: string) => AddressReach,
): UsableExchanges {
  const ownPreference = Math.min(
    ...exchanges
      .filter(({ addresses }) => addresses.some((address) => reach(address) === 'own'))
      .map(({ preference }) => preference),
  )
  const better = exchanges.filter(({ preference }) => preference < ownPreference)
  const usable = better
    .map((exchange) => ({
      ...exchange,
      addresses: exchange.addresses.filter((address) => reach(address) === 'public'),
    }))
    .filter(({ addresses }) => addresses.length > 0)
  if (usable.length > 0) return { kind: 'exchanges', exchanges: usable }

  // What is not known may still turn out well: only a complete answer is a reason to give up.
  const failed = better.find(({ failure }) => failure !== null)
  if (failed?.failure) return undeliverable.lookUpFailed(failed.name, failed.failure)
  if (ownPreference < Infinity) return undeliverable.loop(destination)
  if (exchanges.some(({ addresses }) => addresses.length > 0))
    return undeliverable.privateOnly(destination)
  return undeliverable.noAddress(destination)
}

/** The hosts by preference, those of equal preference shuffled, which RFC 5321 §5.1 requires. */
export function orderHosts(
  exchanges: readonly Exchange[],
  port: number,
  random: () => number,
): Host[] {
  const shuffled = exchanges
    .map((exchange) => ({ exchange, chance: random() }))
    .sort((a, b) => a.exchange.preference - b.exchange.preference || a.chance - b.chance)
    .map(({ exchange }) => exchange)
  const shares = shareAddresses(shuffled.map(({ addresses }) => addresses.length))
  return shuffled
    .map(({ name, addresses }, i) => ({ name, addresses: addresses.slice(0, shares[i]), port }))
    .filter(({ addresses }) => addresses.length > 0)
}

/** How many addresses each host may use: dealt out one by one, so that a host with many doesn't shut out the next. */
function shareAddresses(counts: readonly number[]): number[] {
  const shares = counts.map(() => 0)
  let left = addressesTried
  for (let round = 1; left > 0 && counts.some((count) => count >= round); round++) {
    for (const [i, count] of counts.entries()) {
      if (count < round || left === 0) continue
      shares[i] = round
      left -= 1
    }
  }
  return shares
}
