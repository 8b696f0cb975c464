/**
 * What is in flight, written beside the database as it begins and ends, without an fsync: it outlives the processes and
 * not the machine. So a store that was killed together with delivery knows for whom a host may have taken mail.
 *
 * A file of lines. The first names the store and says whether the file is all that is in flight; `+session at key tries key tries…` began then, `-keys` ended. What the last
 * lines miss is told from the rows: an outcome that was recorded after a recipient's start ended its flight.
 */
import {
  closeSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeSync,
} from 'node:fs'
import { monotonicMs, second, type Millis } from '../../time/clock.ts'
import type { RecipientKey } from '../../words/keys.ts'
import type { SessionNumber } from '../protocol/commands.ts'

/** How the flight of a recipient began. */
export interface Begun {
  at: Millis
  /** How many tries of it were on record then: with a further one, the flight is over. */
  tries: number
}

export type Flights = Iterable<{
  readonly number: SessionNumber
  readonly begun: ReadonlyMap<RecipientKey, Begun>
}>

/** Recipients, each with the tries of it that are on record. */
export type Tries = ReadonlyMap<RecipientKey, number>

/** A longer one is written anew, as it is mostly about what has ended. */
const longBytes = 1024 * 1024

const headOf = (storeId: string, extent: 'whole' | 'part'): string =>
  `flight 2 ${storeId} ${extent}\n`
const begunLine = (session: SessionNumber, at: Millis, tries: Tries): string =>
  `+${session} ${at} ${[...tries].flat().join(' ')}\n`

export interface TracedFlights {
  /** Whether nothing else can be in flight. */
  isWhole: boolean
  flights: Map<SessionNumber, Map<RecipientKey, Begun>>
}

/** What a trace says is in flight, by session; nothing, and not whole, where there is no trace of this store. */
export function readTrace(path: string, storeId: string): TracedFlights {
  const [head, ...lines] = textOf(path).split('\n')
  const isWhole = `${head}\n` === headOf(storeId, 'whole')
  if (!isWhole && `${head}\n` !== headOf(storeId, 'part')) {
    return { isWhole: false, flights: new Map() }
  }
  return { isWhole, flights: flightsOf(lines) }
}

function flightsOf(lines: readonly string[]): TracedFlights['flights'] {
  const flights = new Map<SessionNumber, Map<RecipientKey, Begun>>()
  const sessionOf = new Map<RecipientKey, SessionNumber>()
  // What follows the last line's end was cut off while it was written.
  for (const line of lines.slice(0, -1)) {
    const numbers = line.slice(1).split(' ').map(Number)
    if (numbers.some((one) => !Number.isSafeInteger(one))) continue
    if (line.startsWith('+')) {
      const [session = 0, at = 0, ...pairs] = numbers
      const begun = flights.get(session) ?? new Map<RecipientKey, Begun>()
      flights.set(session, begun)
      for (let n = 0; n + 1 < pairs.length; n += 2) {
        const [key = 0, tries = 0] = pairs.slice(n, n + 2)
        begun.set(key, { at, tries })
        sessionOf.set(key, session)
      }
    } else if (line.startsWith('-')) {
      for (const key of numbers) flights.get(sessionOf.get(key) ?? 0)?.delete(key)
    }
  }
  return flights
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}

/** @returns its bytes. @throws where the disk took a part of it only, as it does when it becomes full */
function writeWhole(file: number, text: string): number {
  const written = writeSync(file, text)
  if (written < text.length) throw new Error(`${written} of ${text.length} bytes were written`)
  return written
}

export interface Trace {
  begun(session: SessionNumber, recipients: Tries, at: Millis): void
  ended(recipients: readonly RecipientKey[]): void
}

/** For a store that nobody sends from. */
export const noTrace: Trace = { begun: () => undefined, ended: () => undefined }

export interface TraceOptions {
  path: string
  storeId: string
  /** All that is known to be in flight when it is called. */
  flights: () => Flights
  /** Whether nothing else can be in flight; once it is so, it stays so. */
  isWhole: () => boolean
  /** Gets the first of faults in a row. */
  onFault: (error: unknown) => void
  /** What is on disk could not be taken back: the next start would believe it, so this life of the store must end. */
  onStale: (error: unknown) => void
  /** How long after a fault it is tried again. */
  againAfterMs?: Millis
}

/** The trace of the store that runs. A fault of its disk ends it; some time later it is tried to write it whole again. */
export class FlightTrace implements Trace {
  readonly #path: string
  readonly #storeId: string
  readonly #flights: () => Flights
  readonly #isWhole: () => boolean
  readonly #onFault: (error: unknown) => void
  readonly #onStale: (error: unknown) => void
  #file: number | null = null
  #bytes = 0
  #longBytes = longBytes
  #ended: RecipientKey[] = []
  #failedAt: number | null = null
  readonly #againAfterMs: number

  constructor(options: TraceOptions) {
    const { path, storeId, flights, isWhole, onFault, onStale, againAfterMs = second } = options
    this.#againAfterMs = againAfterMs
    this.#onStale = onStale
    this.#path = path
    this.#storeId = storeId
    this.#flights = flights
    this.#isWhole = isWhole
    this.#onFault = onFault
    this.#writeAnew()
  }

  /** From here on `isWhole` says so. */
  becameWhole(): void {
    if (this.#file !== null) this.#writeAnew()
  }

  /** It is written when this returns: delivery hears of it after. */
  begun(session: SessionNumber, recipients: Tries, at: Millis): void {
    if (recipients.size === 0) return
    const failedAt = this.#failedAt
    if (failedAt !== null && monotonicMs() - failedAt < this.#againAfterMs) return
    if (this.#file === null || this.#bytes > this.#longBytes) this.#writeAnew()
    else this.#write(this.#endedLine() + begunLine(session, at, recipients))
  }

  ended(recipients: readonly RecipientKey[]): void {
    if (recipients.length === 0) return
    if (this.#ended.length === 0) setImmediate(() => this.#write(this.#endedLine()))
    this.#ended.push(...recipients)
  }

  close(): void {
    this.#write(this.#endedLine())
    if (this.#file !== null) closeSync(this.#file)
    this.#file = null
  }

  #endedLine(): string {
    const ended = this.#ended
    this.#ended = []
    return ended.length === 0 ? '' : `-${ended.join(' ')}\n`
  }

  #write(text: string): void {
    if (this.#file === null || text === '') return
    try {
      this.#bytes += writeWhole(this.#file, text)
    } catch (error) {
      this.#failed(error)
    }
  }

  #writeAnew(): void {
    const all = [headOf(this.#storeId, this.#isWhole() ? 'whole' : 'part')]
    for (const { number, begun } of this.#flights()) {
      for (const [key, { at, tries }] of begun)
        all.push(begunLine(number, at, new Map([[key, tries]])))
    }
    this.#ended = []
    const fresh = `${this.#path}.new`
    try {
      const file = openSync(fresh, 'w', 0o600)
      if (this.#file !== null) closeSync(this.#file)
      this.#file = file
      this.#bytes = writeWhole(file, all.join(''))
      renameSync(fresh, this.#path)
      this.#failedAt = null
      this.#longBytes = Math.max(longBytes, 2 * this.#bytes)
    } catch (error) {
      this.#failed(error)
    }
  }

  /** Half of it would be taken for all of it. */
  #failed(error: unknown): void {
    if (this.#file !== null) closeSync(this.#file)
    this.#file = null
    this.#takeBack()
    const isFirst = this.#failedAt === null
    this.#failedAt = monotonicMs()
    if (isFirst) this.#onFault(error)
  }

  /** The disk that failed may keep what it has, such as one that was made read-only. */
  #takeBack(): void {
    try {
      rmSync(this.#path, { force: true })
    } catch (error) {
      try {
        truncateSync(this.#path)
      } catch {
        this.#onStale(error)
      }
    }
  }
}
