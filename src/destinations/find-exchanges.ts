import { isIPv4, isIPv6 } from 'node:net'
import type { AddressReach } from './address-reach.ts'
import type { AddressAnswer, DnsLookup } from './dns-lookup.ts'
import { canonicalName, isDomainName } from './domain-name.ts'
import { chooseMx, usableExchanges, type Exchange, type MxRecord } from './host-list.ts'
import type { Place } from './pace.ts'
import { hostSetOf, providerOf } from './provider-of.ts'
import { shortHosts } from '../words/lane-name.ts'
import { undeliverable, type Undeliverable } from './undeliverable.ts'
import type { Millis } from '../time/clock.ts'

/** The hosts of one set of MX records: one object for all destinations that have these records. */
export interface MxHosts {
  /** The records as one text, cut where it is long. */
  readonly key: string
  readonly place: Place
  /** Those that mail may be sent to, never empty. */
  readonly exchanges: readonly Exchange[]
}

/** What DNS says of a destination. */
export type ExchangesAnswer =
  /** `complete`: DNS answered for all hosts. */
  | { kind: 'found'; hostSet: MxHosts; ttlMs: Millis; complete: boolean }
  /** Another destination has the same records, and what was found then is still believed. */
  | { kind: 'known'; hostSet: MxHosts }
  | Undeliverable

export interface FindOptions {
  ipv6: boolean
  reach: (address: string) => AddressReach
  /** What is believed of a set of MX records, by its key. */
  believed: (key: string) => MxHosts | null
}

/** Hosts of one destination whose addresses are asked for at a time. */
const hostsAtOnce = 5

/** Looks up the mail hosts of a destination (RFC 5321 §5.1): a domain in lower case, or an address literal. */
export async function findExchanges(
  destination: string,
  lookUp: DnsLookup,
  options: FindOptions,
): Promise<ExchangesAnswer> {
  const literal = parseAddressLiteral(destination)
  if (literal) {
    if (literal.kind === 'unknown') return undeliverable.unknownLiteral(destination)
    const { address } = literal
    const itself = { preference: 0, name: destination, addresses: [address], failure: null }
    return withPlace(destination, [itself], Infinity, options)
  }
  const domain = canonicalName(destination)
  if (!isDomainName(domain)) return undeliverable.notADomain(destination)

  const mx = await lookUp.mx(domain)
  switch (mx.kind) {
    case 'failed':
      return undeliverable.lookUpFailed(domain, mx.why)
    case 'no-such-domain':
      return undeliverable.noSuchDomain(domain)
    case 'no-records':
      return implicitMx(domain, lookUp, options)
    case 'found': {
      const chosen = chooseMx(domain, mx.records)
      if (chosen.kind !== 'mx') return chosen
      const known = options.believed(keyOf(chosen.records))
      if (known) return { kind: 'known', hostSet: known }
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
): Promise<ExchangesAnswer> {
  const itself = [{ preference: 0, exchange: domain }]
  const { exchanges, ttlMs } = await withAddresses(itself, lookUp, options.ipv6)
  const isMissing = exchanges.every(({ addresses, failure }) => !failure && addresses.length === 0)
  return isMissing ? undeliverable.noMailHost(domain) : withPlace(domain, exchanges, ttlMs, options)
}

function withPlace(
  destination: string,
  exchanges: readonly Exchange[],
  ttlMs: number,
  { reach }: FindOptions,
): ExchangesAnswer {
  const usable = usableExchanges(destination, exchanges, reach)
  if (usable.kind !== 'exchanges') return usable
  // The place is read off all hosts, also those without an address just now: its names must not come and go.
  const names = exchanges.map(({ name }) => name)
  const hostSet = {
    key: keyOf(exchanges.map(({ preference, name }) => ({ preference, exchange: name }))),
    place: { provider: providerOf(names), hostSet: hostSetOf(names) },
    exchanges: usable.exchanges,
  }
  const complete = exchanges.every(({ failure }) => failure === null)
  return { kind: 'found', hostSet, ttlMs, complete }
}

const keyOf = (records: readonly MxRecord[]): string =>
  shortHosts(records.map(({ preference, exchange }) => `${preference} ${exchange}`).join(','))

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
  const first = await askForEach(records, (name) =>
    Promise.all(
      ipv6 ? [lookUp.addresses(name, 4), lookUp.addresses(name, 6)] : [lookUp.addresses(name, 4)],
    ),
  )
  if (ipv6 || first.flat().some(({ kind }) => kind !== 'none')) return joinAnswers(records, first)
  const lastResort = await askForEach(records, async (name) => [await lookUp.addresses(name, 6)])
  return joinAnswers(records, lastResort)
}

/** The answers for each host. A few hosts at a time, so that one destination with many doesn't flood the DNS server. */
async function askForEach(
  records: readonly MxRecord[],
  ask: (name: string) => Promise<AddressAnswer[]>,
): Promise<AddressAnswer[][]> {
  const answers: AddressAnswer[][] = []
  const rest = records.entries()
  const askRest = async () => {
    for (const [at, { exchange }] of rest) answers[at] = await ask(exchange)
  }
  await Promise.all(Array.from({ length: hostsAtOnce }, askRest))
  return answers
}

function joinAnswers(
  records: readonly MxRecord[],
  answers: readonly (readonly AddressAnswer[])[],
): Addressed {
  const exchanges = records.map(({ preference, exchange }, at) => {
    const ofHost = answers[at] ?? []
    const addresses = ofHost.flatMap((answer) => (answer.kind === 'found' ? answer.addresses : []))
    const failed = ofHost.find(({ kind }) => kind === 'failed')
    const failure = failed?.kind === 'failed' ? failed.why : null
    return { preference, name: exchange, addresses: [...new Set(addresses)], failure }
  })
  const lives = answers.flat().map((answer) => (answer.kind === 'found' ? answer.ttlMs : Infinity))
  return { exchanges, ttlMs: Math.min(...lives) }
}

type AddressLiteral = { kind: 'address'; address: string } | { kind: 'unknown' }

/**
 * Reads a destination in brackets, `[192.0.2.1]` or `[IPv6:2001:db8::1]` (RFC 5321 §4.1.3); null when it isn't one,
 * `unknown` for other kinds of literal.
 */
function parseAddressLiteral(destination: string): AddressLiteral | null {
  const inside = /^\[(.*)\]$/s.exec(destination)?.[1]
  if (inside === undefined) return null
  if (isIPv4(inside)) return { kind: 'address', address: inside }
  const tagged = /^IPv6:([0-9a-f:.]+)$/i.exec(inside)?.[1]
  return tagged && isIPv6(tagged) ? { kind: 'address', address: tagged } : { kind: 'unknown' }
}
