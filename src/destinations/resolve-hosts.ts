/**
 * destinations is in charge of where mail goes and how fast: the hosts of a destination in the order to try them
 * (RFC 5321 §5.1, RFC 7505), who runs them, and the pace at which that provider is sent to. It opens no connection.
 *
 * A look-up that fails, for whatever cause, is temporary; only a complete answer of DNS makes a destination permanently
 * unreachable.
 */
import { setMaxListeners } from 'node:events'
import { networkInterfaces } from 'node:os'
import type { Reply } from '../mail/reply.ts'
import { minute, monotonicMs, random, second } from '../time/clock.ts'
import { ownAddresses, reachOf } from './address-reach.ts'
import { createAnswerCache } from './answer-cache.ts'
import { createDnsLookup, type DnsSettings } from './dns-lookup.ts'
import { findExchanges, type Finding } from './find-exchanges.ts'
import { orderHosts, type Host } from './host-list.ts'
import type { Place } from './pace.ts'
import { Turnstile } from './turnstile.ts'

export interface ResolverOptions extends DnsSettings {
  /** Port of the hosts. */
  port: number
  ipv6: boolean
  /** Whether loopback, private and own addresses may be sent to. */
  allowPrivate: boolean
}

export type HostsAnswer =
  /** `hosts` in the order to try them, never empty; `place`: what `Pace` counts by. */
  | { kind: 'hosts'; place: Place; hosts: Host[] }
  | { kind: 'permanent'; reply: Reply }
  | { kind: 'temporary'; reply: Reply }

export interface HostsResolver {
  /** Hosts for a destination as `destinationOf` writes it. Rejects only with the signal's reason. */
  hostsFor(destination: string, signal: AbortSignal): Promise<HostsAnswer>
  close(): void
}

const cachedDestinations = 20_000
/** Look-ups at once; each is a few questions. */
const lookUpPlaces = { places: 100, slowAfterMs: 500 }

/**
 * How long a finding is believed. Node tells the TTL of address records but not that of MX records, so five minutes is
 * the most; the resolver behind keeps to the real one. A TTL of 0 must not mean a question per message.
 */
const longestLifeMs = 5 * minute
const shortestLifeMs = 10 * second
const permanentLifeMs = minute
const temporaryLifeMs = 15 * second

const lifeOf = (finding: Finding): number => {
  if (finding.kind === 'permanent') return permanentLifeMs
  if (finding.kind === 'temporary') return temporaryLifeMs
  return Math.min(Math.max(finding.ttlMs, shortestLifeMs), longestLifeMs)
}

const addressesOfThisMachine = (): string[] =>
  Object.values(networkInterfaces()).flatMap((entries) =>
    (entries ?? []).map(({ address }) => address),
  )

/** A resolver with a cache of its own; several askers of one destination share one look-up. */
export function createResolver(options: ResolverOptions): HostsResolver {
  const lookUp = createDnsLookup(options)
  const cache = createAnswerCache<Finding>(cachedDestinations)
  const turnstile = new Turnstile(lookUpPlaces)
  const underWay = new Map<string, Promise<Finding>>()

  async function find(destination: string): Promise<Finding> {
    try {
      const own = ownAddresses(options.allowPrivate ? [] : addressesOfThisMachine())
      const reach = (address: string) => (options.allowPrivate ? 'public' : reachOf(address, own))
      const finding = await turnstile.pass(() =>
        findExchanges(destination, lookUp, { ipv6: options.ipv6, reach }),
      )
      cache.put(destination, finding, monotonicMs() + lifeOf(finding))
      return finding
    } finally {
      underWay.delete(destination)
    }
  }

  function findOnce(destination: string): Promise<Finding> {
    const finding = underWay.get(destination) ?? find(destination)
    underWay.set(destination, finding)
    return finding
  }

  return {
    async hostsFor(destination, signal) {
      signal.throwIfAborted()
      const finding =
        cache.get(destination, monotonicMs()) ??
        (await unlessAborted(findOnce(destination), signal))
      if (finding.kind !== 'exchanges') return finding
      const hosts = orderHosts(finding.exchanges, options.port, random)
      return { kind: 'hosts', place: finding.place, hosts }
    },
    close() {
      lookUp.cancel()
    },
  }
}

/** Stops waiting when the signal says so; the look-up goes on for whoever else waits for it. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      reject(signal.reason as Error)
    }
    // One signal may stand for a whole process: many who wait for it are no leak.
    setMaxListeners(0, signal)
    signal.addEventListener('abort', abort, { once: true })
    void work.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', abort)
    })
  })
}
