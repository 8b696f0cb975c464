import { minute, monotonicMs, type Millis } from '../time/clock.ts'
import { Busiest } from './busiest.ts'
import type { Logger } from './logger.ts'

/** Lines written in full at once for each reason, before the rest is gathered. */
const firstLines = 10
/** How often a gathered line is written; also how often each reason gets one more full line. */
const gatherMs = minute
/** Reasons are meant to be few and known. If a caller passes text from outside, memory stays bounded all the same. */
const mostReasons = 32
const otherReasons = 'other'
const clientsCounted = 64
const clientsNamed = 5
/** What a client sent may be as long as the protocol allows; a line of the log need not be. */
const longestText = 256

export interface GatheredLogOptions {
  /** The constant text of its lines, such as "login refused". */
  message: string
  level: 'info' | 'warn' | 'error'
  elapsedMs?: () => Millis
}

type Fields = Readonly<Record<string, unknown>>

/**
 * Lines about what any stranger can cause, as often as he likes: a failed login, a request without a key, a connection
 * refused. For each reason the first ten are written in full, and one more per minute. The rest is counted, and one line
 * a minute says how many there were, by reason, and from which addresses most of them came. So no stranger can fill the
 * disk, or push the lines about mail out of the log.
 */
export class GatheredLog {
  readonly #log: Pick<Logger, 'info' | 'warn' | 'error'>
  readonly #options: GatheredLogOptions
  readonly #elapsedMs: () => Millis
  readonly #allowances = new Map<string, { lines: number; since: Millis }>()
  readonly #reasons = new Map<string, number>()
  readonly #clients = new Busiest(clientsCounted)
  #count = 0
  #since: Millis = 0
  #timer: NodeJS.Timeout | null = null

  constructor(log: Pick<Logger, 'info' | 'warn' | 'error'>, options: GatheredLogOptions) {
    this.#log = log
    this.#options = options
    this.#elapsedMs = options.elapsedMs ?? monotonicMs
    process.once('exit', this.#flushAtExit)
  }

  /** Writes a line with `reason`, `client` (an IP address) and `fields`, or counts it for the gathered line. */
  add(reason: string, client: string, fields: Fields = {}): void {
    const known = this.#known(reason)
    if (this.#mayWrite(known)) {
      const { level, message } = this.#options
      this.#log[level]({ reason: known, client, ...shorten(fields) }, message)
    } else {
      this.#gather(known, client)
    }
  }

  /** Writes the gathered line, if anything was gathered. */
  flush(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    if (this.#count === 0) return
    const fields = {
      gathered: this.#count,
      seconds: Math.round((this.#elapsedMs() - this.#since) / 1000),
      reasons: Object.fromEntries(this.#reasons),
      busiest: this.#clients.top(clientsNamed),
    }
    this.#count = 0
    this.#reasons.clear()
    this.#clients.clear()
    this.#log[this.#options.level](fields, this.#options.message)
  }

  close(): void {
    this.flush()
    process.removeListener('exit', this.#flushAtExit)
  }

  readonly #flushAtExit = (): void => this.flush()

  #known(reason: string): string {
    if (this.#allowances.has(reason) || this.#allowances.size < mostReasons) return reason
    return otherReasons
  }

  /** A token bucket for each reason: other than a window of `Windows`, it gives one line back each minute. */
  #mayWrite(reason: string): boolean {
    const now = this.#elapsedMs()
    const { lines, since } = this.#allowances.get(reason) ?? { lines: firstLines, since: now }
    const minutes = Math.floor((now - since) / gatherMs)
    const left = Math.min(firstLines, lines + minutes)
    const may = left > 0
    this.#allowances.set(reason, {
      lines: may ? left - 1 : 0,
      // A full bucket begins to be refilled with the first line that is taken out of it
      since: left === firstLines ? now : since + minutes * gatherMs,
    })
    return may
  }

  #gather(reason: string, client: string): void {
    if (this.#count === 0) this.#since = this.#elapsedMs()
    this.#count++
    this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + 1)
    this.#clients.add(client)
    this.#timer ??= setTimeout(() => this.flush(), gatherMs).unref()
  }
}

const shorten = (fields: Fields): Fields =>
  Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [
      key,
      typeof value === 'string' && value.length > longestText
        ? `${value.slice(0, longestText)}…`
        : value,
    ]),
  )
