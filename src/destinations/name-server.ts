/** One DNS server, and what comes of a question to it. */
import type { Resolver } from 'node:dns/promises'
import { second, type Millis } from '../time/clock.ts'

export type Question<R> = (resolver: Resolver) => Promise<R[]>

export type DnsAnswer<R> = { kind: 'found'; records: R[] } | Unanswered
export type Unanswered = { kind: 'no-such-domain' | 'no-records' } | { kind: 'failed'; why: string }

/** Said of an answer that is no DNS message, and by c-ares of all other questions that are on the same socket then. */
const malformed = 'malformed answer'

const codeOf = (fault: unknown): string | undefined =>
  fault instanceof Error && 'code' in fault && typeof fault.code === 'string'
    ? fault.code
    : undefined

/** NXDOMAIN and NODATA are answers. Everything else, known or not, may be better next time. */
function withoutAnswer(fault: unknown): Unanswered {
  const code = codeOf(fault)
  if (code === 'ENOTFOUND') return { kind: 'no-such-domain' }
  if (code === 'ENODATA') return { kind: 'no-records' }
  if (code === 'EBADRESP') return { kind: 'failed', why: malformed }
  return { kind: 'failed', why: code?.replace(/^E/, '') ?? 'unexpected fault' }
}

async function toDnsAnswer<R>(ask: () => Promise<R[]>): Promise<DnsAnswer<R>> {
  try {
    const records = await ask()
    return records.length > 0 ? { kind: 'found', records } : { kind: 'no-records' }
  } catch (fault) {
    return withoutAnswer(fault)
  }
}

export const isMalformed = (asked: DnsAnswer<unknown> | null): boolean =>
  asked?.kind === 'failed' && asked.why === malformed

const ofSickServer: ReadonlySet<string> = new Set(['SERVFAIL', 'REFUSED', 'NOTIMP', malformed])

/** The server said that it can't answer: another one may. */
export const isRefusal = (asked: DnsAnswer<unknown> | null): boolean =>
  asked?.kind === 'failed' && ofSickServer.has(asked.why)

/** A single failure is mostly one of the domain that was asked for. */
const restAfterFailures = 3
const restMs = 30 * second

/**
 * One DNS server, by one socket for all questions. A malformed answer ends all that is under way on a socket: each such
 * question is asked once more on one of its own, so that a domain of this kind defers no mail to others.
 */
export class NameServer {
  readonly #newResolver: () => Resolver
  readonly #shared: Resolver
  readonly #alone = new Set<Resolver>()
  #failuresInRow = 0
  #restsUntil: Millis = -Infinity

  constructor(newResolver: () => Resolver) {
    this.#newResolver = newResolver
    this.#shared = newResolver()
  }

  async ask<R>(question: Question<R>, isOver: () => boolean): Promise<DnsAnswer<R>> {
    const asked = await toDnsAnswer(() => question(this.#shared))
    return isMalformed(asked) && !isOver() ? this.askAlone(question) : asked
  }

  /** Over a socket of its own. */
  async askAlone<R>(question: Question<R>): Promise<DnsAnswer<R>> {
    const alone = this.#newResolver()
    this.#alone.add(alone)
    const asked = await toDnsAnswer(() => question(alone))
    this.#alone.delete(alone)
    return asked
  }

  worked(): void {
    this.#failuresInRow = 0
    this.#restsUntil = -Infinity
  }

  /** Another server answered what this one did not. */
  failed(now: Millis): void {
    this.#failuresInRow++
    if (this.#failuresInRow >= restAfterFailures) this.#restsUntil = now + restMs
  }

  /** Whether it may be asked. After a rest one question tries it, and the others go on without it until that has an answer. */
  takesTurn(now: Millis): boolean {
    if (this.#restsUntil > now) return false
    if (this.#failuresInRow >= restAfterFailures) this.#restsUntil = now + restMs
    return true
  }

  cancel(): void {
    for (const resolver of [this.#shared, ...this.#alone]) resolver.cancel()
  }
}
