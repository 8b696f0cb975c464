/** Questions to DNS, answered with values: an answer, none, or no answer this time. */
import type { RecordWithTtl } from 'node:dns'
import type { Logger } from '../log/logger.ts'
import { second, type Millis } from '../time/clock.ts'
import type { MxRecord } from './host-list.ts'
import type { DnsAnswer, Question, Unanswered } from './name-server.ts'
import { SystemNameServers } from './name-servers.ts'
import { ServerList, type QuestionTimes } from './server-list.ts'

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
  /** What a test puts in the place of both. */
  servers?: () => readonly string[]
  log?: Pick<Logger, 'info' | 'warn'>
  firstTryMs?: Millis
}

/** The questions to the DNS servers, of all look-ups. */
export class DnsQuestions {
  readonly #servers: () => readonly string[]
  readonly #times: QuestionTimes
  /** null: nothing was asked yet. */
  #list: ServerList | null = null
  #cancelled = false

  constructor({ resolver, servers, log, firstTryMs: first = firstTryMs }: DnsSettings) {
    const system = new SystemNameServers({ log })
    const set = resolver === null ? null : [resolver]
    this.#servers = servers ?? (() => set ?? system.current())
    this.#times = { timeout: first, tries, maxTimeout: 2 * first }
  }

  /** For one look-up: a question without an answer by the deadline is answered `failed`. */
  within(deadlineMs: Millis): LookUpQuestions {
    const list = this.#listNow()
    const over = Promise.withResolvers<Unanswered>()
    let isOver = false
    const timer = setTimeout(() => {
      isOver = true
      over.resolve({ kind: 'failed', why: 'TIMEOUT' })
    }, deadlineMs)
    const ask = async <R>(question: Question<R>): Promise<DnsAnswer<R>> => {
      if (this.#cancelled) return { kind: 'failed', why: 'CANCELLED' }
      if (isOver) return over.promise
      return Promise.race([list.ask(question, () => isOver || this.#cancelled), over.promise])
    }
    const withTtl = { ttl: true } as const
    return {
      mx: async (name) => toMxAnswer(await ask((resolver) => resolver.resolveMx(name))),
      addresses: async (name, family) =>
        family === 4
          ? toAddressAnswer('A', await ask((resolver) => resolver.resolve4(name, withTtl)))
          : toAddressAnswer('AAAA', await ask((resolver) => resolver.resolve6(name, withTtl))),
      end: () => clearTimeout(timer),
    }
  }

  /** Look-ups that are under way end with the servers that they began with. */
  #listNow(): ServerList {
    const servers = this.#servers()
    const list = this.#list
    if (list && (servers === list.names || String(servers) === String(list.names))) return list
    this.#list = new ServerList(servers, this.#times)
    return this.#list
  }

  /** Ends what is under way; this and all that is asked later is answered `failed`. */
  cancel(): void {
    this.#cancelled = true
    this.#list?.cancel()
  }
}

function toMxAnswer(asked: DnsAnswer<{ priority: number; exchange: string }>): MxAnswer {
  if (asked.kind === 'failed') return { kind: 'failed', why: `MX ${asked.why}` }
  if (asked.kind !== 'found') return asked
  const records = asked.records.map(({ priority, exchange }) => ({
    preference: priority,
    exchange,
  }))
  return { kind: 'found', records }
}

function toAddressAnswer(type: 'A' | 'AAAA', asked: DnsAnswer<RecordWithTtl>): AddressAnswer {
  if (asked.kind === 'failed') return { kind: 'failed', why: `${type} ${asked.why}` }
  if (asked.kind !== 'found') return { kind: 'none' }
  return {
    kind: 'found',
    addresses: asked.records.map(({ address }) => address),
    ttlMs: Math.min(...asked.records.map(({ ttl }) => ttl)) * second,
  }
}
