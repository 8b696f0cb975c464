import { second } from '../../time/clock.ts'
import type { Fault } from '../protocol/answers.ts'
import { sweepAudit } from './audit.ts'
import { boundTimes, type TimeBounds } from './bound-times.ts'
import { leftToCancel } from './flight.ts'
import type { GroupCommit } from './group-commit.ts'
import { principalName } from '../../words/principal.ts'
import { releaseSlice } from './operation-slice.ts'
import { cancel } from './purge.ts'
import { sweepContent, sweepUploads, dropKeptContent } from './sweep-content.ts'
import { sweepCounters, sweepRefusals } from './sweep-counters.ts'
import { sweepEvents, sweepOperations, sweepRecords } from './sweep-records.ts'
import { theStore, type Slice, type Sweep } from './transaction.ts'
import { dropEmptyHolds, endStanding } from './holds.ts'

const everyMs = 30 * second
/** So many slices of one sweep, then the next has its turn: however much is past its time, holds end in time. */
const slicesPerTurn = 20
const cancelledPerSlice = 200
const holdsPerSlice = 200
/** Free pages that are kept for what comes: 64 MB, or so much of the whole. */
const keptFreePages = 16_384
const keptFreeShare = 0.25
/** While free space is short, the disk needs them more. */
const keptWhenShort = 1000
const pagesPerSlice = 500

export interface SweepOptions {
  bounds: TimeBounds
  /** Whether free space is so short that kept content has to go. */
  wantsContent: () => boolean
  /** Whether the log can't be moved, so that each page that is moved in the file makes it longer. */
  isLogStuck: () => boolean
  log: { error(fields: object, text: string): void }
}

/**
 * Tidies, in slices between the groups: bytes and records past their time, holds that end, what a crash left over. A sweep
 * that fails is an alarm; the others go on, and it comes again with the next round. One that has much to do takes turns with
 * the others, and with those of later rounds. No round looks at all that is open or
 * kept: each sweep has an index, or goes on from where it was.
 */
export class Sweeps {
  readonly #groups: GroupCommit
  readonly #log: SweepOptions['log']
  readonly #sweeps: ReadonlyMap<string, Sweep>
  /** Those whose last round failed: the event is written when that begins. */
  readonly #failing = new Set<string>()
  /** Those that are not through with their round, the next one first. */
  readonly #unfinished = new Map<string, Slice>()
  #timer: NodeJS.Timeout | null = null
  #running = false

  constructor(groups: GroupCommit, { bounds, wantsContent, isLogStuck, log }: SweepOptions) {
    this.#groups = groups
    this.#log = log
    const isShort = (): boolean => !groups.takesMail
    this.#sweeps = new Map<string, Sweep>([
      ['times', () => boundTimes(bounds)],
      ['uploads', sweepUploads],
      ['kept content', () => dropKeptContent(wantsContent)],
      ['content', () => sweepContent],
      ['records', sweepRecords()],
      ['events', () => sweepEvents],
      ['operations', () => sweepOperations],
      ['audit', () => sweepAudit],
      ['holds', () => sweepHolds],
      ['empty holds', sweepEmptyHolds()],
      ['counters', sweepCounters()],
      ['refusals', sweepRefusals()],
      ['left to cancel', () => cancelLeftSlice],
      ['space', () => giveBackSpace(isShort, isLogStuck)],
    ])
  }

  start(): void {
    this.#timer ??= setInterval(() => this.#round(), everyMs)
    this.#round()
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer)
    this.#timer = null
  }

  /** What was purged in flight and fell out of the air is never tried again. */
  cancelLeft(): void {
    this.#groups.addSlices(cancelLeftSlice, () => undefined, { waits: true })
  }

  #round(): void {
    for (const [name, sweep] of this.#sweeps) {
      if (!this.#unfinished.has(name)) this.#unfinished.set(name, sweep())
    }
    if (!this.#running) this.#next()
  }

  /** One sweep after the other, each by itself. */
  #next(): void {
    const [first] = this.#unfinished
    this.#running = first !== undefined && this.#timer !== null
    if (!first || !this.#running) return
    const [name, slice] = first
    let slices = 0
    let atEnd = false
    const turn: Slice = (work) => {
      const isLast = slice(work)
      work.afterCommit.push(() => {
        slices++
        atEnd = isLast
      })
      return isLast || slices + 1 >= slicesPerTurn
    }
    const done = (fault: Fault | null): void => {
      this.#unfinished.delete(name)
      if (fault) this.#failed(name, fault)
      else if (atEnd) this.#failing.delete(name)
      // To the end of the line
      else this.#unfinished.set(name, slice)
      this.#next()
    }
    this.#groups.addSlices(turn, done, { waits: true })
  }

  #failed(sweep: string, { fault }: Fault): void {
    this.#log.error({ event: 'sweep_failed', sweep, fault }, 'a sweep failed; it comes again')
    if (this.#failing.has(sweep)) return
    this.#failing.add(sweep)
    this.#groups.addSlices(
      (work) => {
        work.event({ event: 'sweep_failed', data: { sweep, fault } })
        return true
      },
      () => undefined,
      { waits: true },
    )
  }
}

/** Waits for those that may have it in flight, or it would be booked as cancelled while a host takes it. */
const cancelLeftSlice: Slice = (work) => {
  if (!work.memory.sessions.isKnown) return true
  const keys = leftToCancel(work.connection, work.memory, cancelledPerSlice)
  cancel(work, keys, { actor: principalName(theStore), reason: 'purged in flight' })
  return keys.length < cancelledPerSlice
}

/**
 * Gives pages that came free back to the disk when they are many: else a disk that mail had filled would stay full,
 * and new mail refused, however much was purged. Some are kept, as the next mail needs them. Each page is moved by way of the
 * log: where that can't be moved itself, the disk would lose room by it.
 */
const giveBackSpace =
  (isShort: () => boolean, isLogStuck: () => boolean): Slice =>
  ({ connection }) => {
    if (isLogStuck()) return true
    const pragma = (name: string): number =>
      Number(Object.values(connection.sql(`PRAGMA ${name}`).get() ?? {})[0])
    const free = pragma('freelist_count')
    const kept = isShort()
      ? keptWhenShort
      : Math.max(keptFreePages, pragma('page_count') * keptFreeShare)
    if (free < kept) return true
    connection.sql(`PRAGMA incremental_vacuum(${pagesPerSlice})`).all()
    return false
  }

/** Holds that end by themselves. */
const sweepHolds: Slice = (work) => {
  const hold = work.connection
    .sql('SELECT id FROM hold WHERE until IS NOT NULL AND until <= ? ORDER BY until LIMIT 1')
    .get(work.now)
  if (!hold) return true
  const id = Number(hold['id'])
  const standing = work.memory.standing.find((other) => other.id === id)
  if (standing) endStanding(work, standing, theStore)
  releaseSlice(work, id, { actor: principalName(theStore), reason: 'the hold ended' })
  return false
}

/** Holds that hold nobody any more: some in each round, all of them in turn. */
function sweepEmptyHolds(): Sweep {
  let position = 0
  return () => (work) => {
    const reached = dropEmptyHolds(work.connection, position, holdsPerSlice)
    work.afterCommit.push(() => (position = reached ?? 0))
    return true
  }
}
