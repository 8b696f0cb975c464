import type { AddressReach } from './address-reach.ts'
import { parseAddressLiteral } from './address-literal.ts'
import type { AddressAnswer, DnsLookup } from './dns-lookup.ts'
import { canonicalName, isDomainName } from './domain-name.ts'
import { chooseMx, usableExchanges, type Exchange, type MxRecord } from './host-list.ts'
import type { Place } from './pace.ts'
import { hostSetOf, providerOf } from './provider-of.ts'
import { refusals, type Refusal } from './refusals.ts'
import type { Millis } from '../time/clock.ts'

/** What DNS says of a destination. */
export type Finding = FoundExchanges | Refusal

interface FoundExchanges {
  kind: 'exchanges'
  /** The MX records as one text: destinations with the same records have the same exchanges. */
  key: string
  place: Place
  /** Those that mail may be sent to, never empty. */
  exchanges: Exchange[]
  /** How long it may be believed. */
  ttlMs: Millis
  /** Whether DNS answered for all hosts. */
  complete: boolean
}

export interface FindOptions {
  ipv6: boolean
  reach: (address: string) => AddressReach
}

/** Looks up the mail hosts of a destination (RFC 5321 §5.1): a domain in lower case, or an address literal. */
export async function findExchanges(
  destination: string,
  lookUp: DnsLookup,
  options: FindOptions,
): Promise<Finding> {
  const literal = parseAddressLiteral(destination)
  if (literal) {
    if (literal.kind === 'unknown') return refusals.unknownLiteral(destination)
    const { address } = literal
    const itself = { preference: 0, name: destination, addresses: [address], failure: null }
    return withPlace(destination, [itself], Infinity, options)
  }
  const domain = canonicalName(destination)
  if (!isDomainName(domain)) return refusals.notADomain(destination)

  const mx = await lookUp.mx(domain)
  switch (mx.kind) {
    case 'failed':
      return refusals.lookUpFailed(domain, mx.why)
    case 'no-such-domain':
      return refusals.noSuchDomain(domain)
    case 'no-records':
      return implicitMx(domain, lookUp, options)
    case 'found': {
      const chosen = chooseMx(domain, mx.records)
      if (chosen.kind !== 'mx') return chosen
      const { exchanges, ttlMs } = await withAddresses(chosen.records, lookUp, options.ipv6)
      return withPlace(domain, exchanges, ttlMs, options)
    }
  }
}

/** Without MX records the domain itself is the host, as if of preference 0 (RFC 5321 §5.1). */
async function implicitMx(
  domain: string,
  lookUp: DnsLookup,
  options: FindOptions,
): Promise<Finding> {
  const itself = [{ preference: 0, exchange: domain }]
  const { exchanges, ttlMs } = await withAddresses(itself, lookUp, options.ipv6)
  const isMissing = exchanges.every(({ addresses, failure }) => !failure && addresses.length === 0)
  return isMissing ? refusals.noMailHost(domain) : withPlace(domain, exchanges, ttlMs, options)
}

function withPlace(
  destination: string,
  exchanges: readonly Exchange[],
  ttlMs: number,
  { reach }: FindOptions,
): Finding {
  const usable = usableExchanges(destination, exchanges, reach)
  if (usable.kind !== 'exchanges') return usable
  // The place is read off all hosts, also those without an address just now: its names must not come and go.
  const names = exchanges.map(({ name }) => name)
  return {
    ...usable,
    key: exchanges.map(({ preference, name }) => `${preference} ${name}`).join(','),
    place: { provider: providerOf(names), hostSet: hostSetOf(names) },
    ttlMs,
    complete: exchanges.every(({ failure }) => failure === null),
  }
}

interface Addressed {
  exchanges: Exchange[]
  /** The shortest life among the address records. */
  ttlMs: number
}

/**
 * IPv4 addresses, then IPv6 ones where they are in use. Where no host at all has an IPv4 address, IPv6 is the last
 * resort even if it isn't in use: the try may fail, giving up at once surely would.
 */
async function withAddresses(
  records: readonly MxRecord[],
  lookUp: DnsLookup,
  ipv6: boolean,
): Promise<Addressed> {
  const [v4, v6] = await Promise.all([
    Promise.all(records.map(({ exchange }) => lookUp.addresses(exchange, 4))),
    ipv6 ? Promise.all(records.map(({ exchange }) => lookUp.addresses(exchange, 6))) : [],
  ])
  if (ipv6 || v4.some(({ kind }) => kind !== 'none')) return joinAnswers(records, [v4, v6])
  const lastResort = records.map(({ exchange }) => lookUp.addresses(exchange, 6))
  return joinAnswers(records, [v4, await Promise.all(lastResort)])
}

function joinAnswers(
  records: readonly MxRecord[],
  families: readonly (readonly AddressAnswer[])[],
): Addressed {
  const exchanges = records.map(({ preference, exchange }, i) => {
    const answers = families.map((answersOfFamily) => answersOfFamily[i])
    const addresses = answers.flatMap((answer) =>
      answer?.kind === 'found' ? answer.addresses : [],
    )
    const failed = answers.find((answer) => answer?.kind === 'failed')
    const failure = failed?.kind === 'failed' ? failed.why : null
    return { preference, name: exchange, addresses: [...new Set(addresses)], failure }
  })
  const lives = families.flat().map((answer) => (answer.kind === 'found' ? answer.ttlMs : Infinity))
  return { exchanges, ttlMs: Math.min(...lives) }
}
