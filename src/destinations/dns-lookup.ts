/** Questions to DNS, answered with values: an answer, none, or no answer this time. */
import { Resolver } from 'node:dns/promises'
import type { MxRecord } from './host-list.ts'

type MxAnswer =
  | { kind: 'found'; records: MxRecord[] }
  | { kind: 'no-such-domain' | 'no-records' }
  | { kind: 'failed'; why: string }

export type AddressAnswer =
  | { kind: 'found'; addresses: string[]; ttlMs: number }
  | { kind: 'none' }
  | { kind: 'failed'; why: string }

export interface DnsLookup {
  mx(name: string): Promise<MxAnswer>
  addresses(name: string, family: 4 | 6): Promise<AddressAnswer>
  /** Ends what is under way; it answers `failed`. */
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

/** NXDOMAIN and NODATA are answers. Everything else, known or not, may be better next time. */
function withoutAnswer(fault: unknown): 'no-such-domain' | 'no-records' | { failed: string } {
  const code = codeOf(fault)
  if (code === 'ENOTFOUND') return 'no-such-domain'
  if (code === 'ENODATA') return 'no-records'
  return { failed: code?.replace(/^E/, '') ?? 'unexpected fault' }
}

export function createDnsLookup(settings: DnsSettings): DnsLookup {
  const first = settings.firstTryMs ?? firstTryMs
  const resolver = new Resolver({ timeout: first, tries, maxTimeout: 2 * first })
  if (settings.resolver !== null) resolver.setServers([settings.resolver])

  return {
    async mx(name) {
      try {
        const records = await resolver.resolveMx(name)
        if (records.length === 0) return { kind: 'no-records' }
        return {
          kind: 'found',
          records: records.map(({ priority, exchange }) => ({ preference: priority, exchange })),
        }
      } catch (fault) {
        const outcome = withoutAnswer(fault)
        return typeof outcome === 'string'
          ? { kind: outcome }
          : { kind: 'failed', why: `MX ${outcome.failed}` }
      }
    },

    async addresses(name, family) {
      try {
        const records =
          family === 4
            ? await resolver.resolve4(name, { ttl: true })
            : await resolver.resolve6(name, { ttl: true })
        if (records.length === 0) return { kind: 'none' }
        return {
          kind: 'found',
          addresses: records.map(({ address }) => address),
          ttlMs: Math.min(...records.map(({ ttl }) => ttl)) * 1000,
        }
      } catch (fault) {
        const outcome = withoutAnswer(fault)
        if (typeof outcome === 'string') return { kind: 'none' }
        return { kind: 'failed', why: `${family === 4 ? 'A' : 'AAAA'} ${outcome.failed}` }
      }
    },

    cancel() {
      resolver.cancel()
    },
  }
}
