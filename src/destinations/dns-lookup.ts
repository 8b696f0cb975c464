/** Questions to DNS, answered with values: an answer, none, or no answer this time. */
import type { RecordWithTtl } from 'node:dns'
import { Resolver } from 'node:dns/promises'
import type { Logger } from '../log/logger.ts'
import { second, type Millis } from '../time/clock.ts'
import type { MxRecord } from './host-list.ts'
import { SystemNameServers } from './name-servers.ts'

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

const codeOf = (fault: unknown): string | undefined =>
  fault instanceof Error && 'code' in fault && typeof fault.code === 'string'
    ? fault.code
    : undefined

/** Said of an answer that is no DNS message, and by c-ares of all other questions that are on the same socket then. */
const malformed = 'malformed answer'

type Asked<R> = { kind: 'found'; records: R[] } | Unanswered
type Unanswered = { kind: 'no-such-domain' | 'no-records' } | { kind: 'failed'; why: string }

/** NXDOMAIN and NODATA are answers. Everything else, known or not, may be better next time. */
function withoutAnswer(fault: unknown): Unanswered {
  const code = codeOf(fault)
  if (code === 'ENOTFOUND') return { kind: 'no-such-domain' }
  if (code === 'ENODATA') return { kind: 'no-records' }
  if (code === 'EBADRESP') return { kind: 'failed', why: malformed }
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

/** A server that says so can't answer now, another may: as with the system's own look-ups, the next one is asked. */
const ofSickServer: ReadonlySet<string> = new Set(['SERVFAIL', 'REFUSED', 'NOTIMP', malformed])

/**
 * Some DNS servers, by one socket for all of them and, where it is needed, one for each. A malformed answer ends all that is
 * under way on a socket: each such question is asked once more on one of its own, so that a domain of this kind defers no
 * mail to others.
 */
class ServerList {
  readonly servers: readonly string[]
  readonly #options: ConstructorParameters<typeof Resolver>[0]
  readonly #all: Resolver
  #each: readonly Resolver[] | null = null
  readonly #alone = new Set<Resolver>()

  constructor(servers: readonly string[], options: ConstructorParameters<typeof Resolver>[0]) {
    this.servers = servers
    this.#options = options
    this.#all = this.#resolverOf(servers)
  }

  #resolverOf(servers: readonly string[]): Resolver {
    const resolver = new Resolver(this.#options)
    if (servers.length > 0) resolver.setServers(servers)
    return resolver
  }

  /** The first answer that is one. Node hands out what the first server says, also that it can't say anything. */
  async ask<R>(question: Question<R>, isOver: () => boolean): Promise<Asked<R>> {
    let asked = await toAsked(question(this.#all))
    if (isMalformed(asked) && !isOver()) asked = await this.#askAlone(question)
    if (!isSick(asked) || this.servers.length < 2) return asked
    this.#each ??= this.servers.map((server) => this.#resolverOf([server]))
    for (const resolver of this.#each) {
      if (isOver()) break
      const other = await toAsked(question(resolver))
      if (other.kind !== 'failed') return other
    }
    return asked
  }

  #askAlone<R>(question: Question<R>): Promise<Asked<R>> {
    const alone = this.#resolverOf(this.servers)
    this.#alone.add(alone)
    return toAsked(question(alone)).finally(() => this.#alone.delete(alone))
  }

  cancel(): void {
    for (const resolver of [this.#all, ...(this.#each ?? []), ...this.#alone]) resolver.cancel()
  }
}

type Question<R> = (resolver: Resolver) => Promise<R[]>

const isMalformed = (asked: Asked<unknown>): boolean =>
  asked.kind === 'failed' && asked.why === malformed

const isSick = (asked: Asked<unknown>): boolean =>
  asked.kind === 'failed' && ofSickServer.has(asked.why)

/** The questions to the DNS servers, of all look-ups. */
export class DnsQuestions {
  readonly #servers: () => readonly string[]
  readonly #options: ConstructorParameters<typeof Resolver>[0]
  /** null: nothing was asked yet. */
  #list: ServerList | null = null
  #cancelled = false

  constructor({ resolver, servers, log, firstTryMs: first = firstTryMs }: DnsSettings) {
    const system = new SystemNameServers({ log })
    const set = resolver === null ? null : [resolver]
    this.#servers = servers ?? (() => set ?? system.current())
    this.#options = { timeout: first, tries, maxTimeout: 2 * first }
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
    const ask = async <R>(question: Question<R>): Promise<Asked<R>> => {
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
    if (list && (servers === list.servers || String(servers) === String(list.servers))) return list
    this.#list = new ServerList(servers, this.#options)
    return this.#list
  }

  /** Ends what is under way; this and all that is asked later is answered `failed`. */
  cancel(): void {
    this.#cancelled = true
    this.#list?.cancel()
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
