/** Questions to DNS, answered with values: an answer, none, or no answer this time. */
import type { RecordWithTtl } from 'node:dns'
import { Resolver } from 'node:dns/promises'
import { second } from '../time/clock.ts'
import type { MxRecord } from './host-list.ts'

type MxAnswer = { kind: 'found'; records: MxRecord[] } | Unanswered

export type AddressAnswer =
  | { kind: 'found'; addresses: string[]; ttlMs: number }
  | { kind: 'none' }
  | { kind: 'failed'; why: string }

export interface DnsLookup {
  mx(name: string): Promise<MxAnswer>
  addresses(name: string, family: 4 | 6): Promise<AddressAnswer>
  /** Ends what is under way; this and all that is asked later is answered `failed`. */
  cancel(): void
}

/** Longest wait for the first try of a question to one server; the second try may take twice as long. */
const firstTryMs = 2_000
const tries = 2

export interface DnsSettings {
  /** `address` or `address:port`; null: the servers of the system. */
  resolver: string | null
  firstTryMs?: number
}

const codeOf = (fault: unknown): string | undefined =>
  fault instanceof Error && 'code' in fault && typeof fault.code === 'string'
    ? fault.code
    : undefined

type Asked<R> = { kind: 'found'; records: R[] } | Unanswered
type Unanswered = { kind: 'no-such-domain' | 'no-records' } | { kind: 'failed'; why: string }

/** NXDOMAIN and NODATA are answers. Everything else, known or not, may be better next time. */
function withoutAnswer(fault: unknown): Unanswered {
  const code = codeOf(fault)
  if (code === 'ENOTFOUND') return { kind: 'no-such-domain' }
  if (code === 'ENODATA') return { kind: 'no-records' }
  return { kind: 'failed', why: code?.replace(/^E/, '') ?? 'unexpected fault' }
}

export function createDnsLookup(settings: DnsSettings): DnsLookup {
  const first = settings.firstTryMs ?? firstTryMs
  const resolver = new Resolver({ timeout: first, tries, maxTimeout: 2 * first })
  if (settings.resolver !== null) resolver.setServers([settings.resolver])
  let cancelled = false

  async function ask<R>(question: () => Promise<R[]>): Promise<Asked<R>> {
    if (cancelled) return { kind: 'failed', why: 'CANCELLED' }
    try {
      const records = await question()
      return records.length > 0 ? { kind: 'found', records } : { kind: 'no-records' }
    } catch (fault) {
      return withoutAnswer(fault)
    }
  }

  return {
    async mx(name) {
      const asked = await ask(() => resolver.resolveMx(name))
      if (asked.kind === 'failed') return { kind: 'failed', why: `MX ${asked.why}` }
      if (asked.kind !== 'found') return asked
      const records = asked.records.map(({ priority, exchange }) => ({
        preference: priority,
        exchange,
      }))
      return { kind: 'found', records }
    },

    async addresses(name, family) {
      const asked = await ask<RecordWithTtl>(() =>
        family === 4
          ? resolver.resolve4(name, { ttl: true })
          : resolver.resolve6(name, { ttl: true }),
      )
      if (asked.kind === 'failed') {
        return { kind: 'failed', why: `${family === 4 ? 'A' : 'AAAA'} ${asked.why}` }
      }
      if (asked.kind !== 'found') return { kind: 'none' }
      return {
        kind: 'found',
        addresses: asked.records.map(({ address }) => address),
        ttlMs: Math.min(...asked.records.map(({ ttl }) => ttl)) * second,
      }
    },

    cancel() {
      cancelled = true
      resolver.cancel()
    },
  }
}
