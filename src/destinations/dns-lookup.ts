/** Questions to DNS, answered with values: an answer, none, or no answer this time. */
import type { RecordWithTtl } from 'node:dns'
import { Resolver } from 'node:dns/promises'
import { second, type Millis } from '../time/clock.ts'
import type { MxRecord } from './host-list.ts'

type MxAnswer = { kind: 'found'; records: MxRecord[] } | Unanswered

export type AddressAnswer =
  | { kind: 'found'; addresses: string[]; ttlMs: number }
  | { kind: 'none' }
  | { kind: 'failed'; why: string }

/** The questions of one look-up. */
export interface DnsLookup {
  mx(name: string): Promise<MxAnswer>
  addresses(name: string, family: 4 | 6): Promise<AddressAnswer>
}

export interface LookUpQuestions extends DnsLookup {
  /** To be called after the last question. */
  end(): void
}

/** Longest wait for the first try of a question to one server; the second try may take twice as long. */
const firstTryMs = 2 * second
const tries = 2

export interface DnsSettings {
  /** `address` or `address:port`; null: the servers of the system. */
  resolver: string | null
  firstTryMs?: Millis
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

async function toAsked<R>(question: Promise<R[]>): Promise<Asked<R>> {
  try {
    const records = await question
    return records.length > 0 ? { kind: 'found', records } : { kind: 'no-records' }
  } catch (fault) {
    return withoutAnswer(fault)
  }
}

/** One socket to the DNS servers, for all look-ups. */
export class DnsQuestions {
  readonly #resolver: Resolver
  #cancelled = false

  constructor({ resolver, firstTryMs: first = firstTryMs }: DnsSettings) {
    this.#resolver = new Resolver({ timeout: first, tries, maxTimeout: 2 * first })
    if (resolver !== null) this.#resolver.setServers([resolver])
  }

  /** For one look-up: a question without an answer by the deadline is answered `failed`. */
  within(deadlineMs: Millis): LookUpQuestions {
    const resolver = this.#resolver
    const over = Promise.withResolvers<Unanswered>()
    let isOver = false
    const timer = setTimeout(() => {
      isOver = true
      over.resolve({ kind: 'failed', why: 'TIMEOUT' })
    }, deadlineMs)
    const ask = async <R>(question: () => Promise<R[]>): Promise<Asked<R>> => {
      if (this.#cancelled) return { kind: 'failed', why: 'CANCELLED' }
      return isOver ? over.promise : Promise.race([toAsked(question()), over.promise])
    }
    return {
      mx: async (name) => toMxAnswer(await ask(() => resolver.resolveMx(name))),
      addresses: async (name, family) =>
        family === 4
          ? toAddressAnswer('A', await ask(() => resolver.resolve4(name, { ttl: true })))
          : toAddressAnswer('AAAA', await ask(() => resolver.resolve6(name, { ttl: true }))),
      end: () => clearTimeout(timer),
    }
  }

  /** Ends what is under way; this and all that is asked later is answered `failed`. */
  cancel(): void {
    this.#cancelled = true
    this.#resolver.cancel()
  }
}

function toMxAnswer(asked: Asked<{ priority: number; exchange: string }>): MxAnswer {
  if (asked.kind === 'failed') return { kind: 'failed', why: `MX ${asked.why}` }
  if (asked.kind !== 'found') return asked
  const records = asked.records.map(({ priority, exchange }) => ({
    preference: priority,
    exchange,
  }))
  return { kind: 'found', records }
}

function toAddressAnswer(type: 'A' | 'AAAA', asked: Asked<RecordWithTtl>): AddressAnswer {
  if (asked.kind === 'failed') return { kind: 'failed', why: `${type} ${asked.why}` }
  if (asked.kind !== 'found') return { kind: 'none' }
  return {
    kind: 'found',
    addresses: asked.records.map(({ address }) => address),
    ttlMs: Math.min(...asked.records.map(({ ttl }) => ttl)) * second,
  }
}
