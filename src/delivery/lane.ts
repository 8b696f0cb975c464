import type { Place } from '../destinations/pace.ts'
import type { Job } from '../queue/lanes.ts'
import { lineOf, type MailSource } from '../words/due.ts'
import type { RecipientKey } from '../words/keys.ts'
import { Away } from './away.ts'

/** What one submitter has in a lane, in one class: a queue of its own in Redis. */
export interface Line {
  readonly owner: MailSource
  /** Name of its queue in Redis. */
  readonly queue: string
  /** Jobs in Redis that nobody has taken. */
  waiting: number
  /** Jobs that were taken from Redis and not begun. */
  readonly inHand: Job[]
  /** Recipients in jobs of this line, those being tried included. */
  readonly recipients: Set<RecipientKey>
  /** Of these, those that somebody asked a try for since: what comes of their jobs is not the end of it. */
  readonly again: Set<RecipientKey>
  /** Its jobs that were taken to be tried, and have not ended in Redis. */
  active: number
  /** It stands in the order of turns. */
  inOrder: boolean
  /** Its queue is in Redis. */
  hasQueue: boolean
}

const firstPage = 100
const largestPage = 500
/** A lane is filled again when this share of a page is left in it, counted in jobs … */
const lowWater = 0.5
/** … unless these have so many recipients, and there are jobs for all connections to a host. */
const enoughRecipients = 2000
const enoughJobs = 20
/** So many senders of each class are named where the turn of the next one has to wait. */
const othersNamed = 8

/**
 * What delivery knows of a lane that has something to do. Its jobs are in Redis, one queue for each line, so that classes
 * and submitters take turns; what does not fit waits in the store, and `behind` says that there is some.
 */
export class Lane {
  readonly name: string
  readonly place: Place
  /** Whose mail in the store it was found for; that of others may be due as well. */
  readonly foundFor: MailSource
  /** The store has due recipients that are in no job. */
  behind = false
  /** Recipients that are fetched from the store at a time. It grows as they are used up. */
  page = firstPage
  /** Whom the last page from the store ended with: the next begins behind. */
  filledTo: number | undefined
  /** Jobs that are being tried. */
  active = 0
  /** What was fetched for it and makes no job. */
  readonly away: Away
  /** It is in no book any more: whoever still holds it gives it no turn. */
  forgotten = false
  /** How often all jobs that were not begun were dropped. */
  cleared = 0
  readonly #lines = new Map<string, Line>()
  /** Lines with jobs, by class, in the order of their turns. */
  readonly #orders: readonly [Line[], Line[]] = [[], []]
  /** Jobs that nobody has begun, in Redis or in hand. */
  #jobs = 0
  /** Turns that were granted and have not come to a job yet. */
  #promised = 0

  constructor(name: string, place: Place, foundFor: MailSource) {
    this.name = name
    this.away = new Away(name)
    this.place = place
    this.foundFor = foundFor
  }

  /** Whether another turn would find something: a job, or what the store has behind the last of them. */
  get wantsTurn(): boolean {
    if (this.forgotten) return false
    return this.#jobs > this.#promised || (this.behind && this.#promised === 0)
  }

  /** Nothing of it is left: it can be forgotten. */
  get isIdle(): boolean {
    const atWork = this.#jobs + this.active + this.#promised
    return atWork === 0 && !this.behind && this.away.isOver && this.#lines.size === 0
  }

  /** Jobs that nobody has begun. */
  get jobs(): number {
    return this.#jobs
  }

  /** Jobs that nobody has begun, by line, on average of those that have any. */
  get jobsPerLine(): number {
    const [transactional, bulk] = this.#orders
    return this.#jobs / Math.max(1, transactional.length + bulk.length)
  }

  get runsLow(): boolean {
    if (!this.behind || this.#jobs > this.page * lowWater) return false
    return this.#jobs < enoughJobs || this.#recipients < enoughRecipients
  }

  get lines(): Iterable<Line> {
    return this.#lines.values()
  }

  /** Whose mail the next turn is for, as far as that is known. */
  get turnOf(): MailSource {
    return (this.#orders[0][0] ?? this.#orders[1][0])?.owner ?? this.foundFor
  }

  /** Whose mail waits here, in the order of turns, as far as that is known. */
  get others(): Iterable<MailSource> {
    const [transactional, bulk] = this.#orders
    return [...transactional.slice(0, othersNamed), ...bulk.slice(0, othersNamed)].map(
      ({ owner }) => owner,
    )
  }

  promiseTurn(): void {
    this.#promised++
  }

  turnCame(): void {
    this.#promised--
  }

  growPage(): void {
    this.page = Math.min(largestPage, this.page * 2)
  }

  /** How many recipients of each line are in jobs, as the store wants to know it. */
  loaded(): ReadonlyMap<string, number> {
    return new Map([...this.#lines].map(([key, { recipients }]) => [key, recipients.size]))
  }

  /** The line of an owner; null where there is none. */
  findLine(owner: MailSource): Line | null {
    return this.#lines.get(lineOf(owner)) ?? null
  }

  /** The line of an owner, made where there is none. */
  lineFor(owner: MailSource): Line {
    const key = lineOf(owner)
    const known = this.#lines.get(key)
    if (known) return known
    const line: Line = {
      owner,
      queue: `${this.name} ${key}`,
      waiting: 0,
      inHand: [],
      recipients: new Set(),
      again: new Set(),
      active: 0,
      inOrder: false,
      hasQueue: false,
    }
    this.#lines.set(key, line)
    return line
  }

  /** Jobs were put into Redis at the end of a line. */
  added(line: Line, jobs: number): void {
    line.waiting += jobs
    this.#jobs += jobs
    this.#stand(line)
  }

  /** The line whose turn it is, with its job if that is in hand; else it is to be taken from Redis. null: there is none. */
  next(): { line: Line; job: Job | null } | null {
    const line = this.#takeFirst()
    if (!line) return null
    this.#jobs--
    const job = line.inHand.shift() ?? null
    if (!job) line.waiting--
    this.#stand(line)
    return { line, job }
  }

  /**
   * Whether a job that ends may bring the next of its line with it, which counts as begun until it is in hand. What turns
   * were granted for stays where it is.
   */
  takeAlong(line: Line): boolean {
    if (line.waiting === 0 || line.inHand.length >= this.active) return false
    if (this.#jobs <= this.#promised) return false
    line.waiting--
    this.#jobs--
    return true
  }

  putInHand(line: Line, job: Job): void {
    line.inHand.push(job)
    this.#jobs++
    this.#stand(line)
  }

  has(line: Line): boolean {
    return this.#lines.get(lineOf(line.owner)) === line
  }

  removeLine(line: Line): void {
    if (this.has(line)) this.#lines.delete(lineOf(line.owner))
  }

  /** All jobs that were not begun are gone, and the store has their recipients. @returns those that were in hand */
  clear(): Job[] {
    const inHand: Job[] = []
    for (const line of this.#lines.values()) {
      line.waiting = 0
      inHand.push(...line.inHand.splice(0))
      line.recipients.clear()
      line.again.clear()
      line.inOrder = false
    }
    for (const order of this.#orders) order.length = 0
    if (this.#jobs > 0) this.behind = true
    this.#jobs = 0
    this.cleared++
    return inHand
  }

  /** Recipients in its jobs, those being tried included. */
  get #recipients(): number {
    let all = 0
    for (const { recipients } of this.#lines.values()) all += recipients.size
    return all
  }

  /** The first line that has jobs: one whose last was taken along still stands in the order. */
  #takeFirst(): Line | null {
    for (const order of this.#orders) {
      for (let line = order.shift(); line; line = order.shift()) {
        line.inOrder = false
        if (line.waiting + line.inHand.length > 0) return line
      }
    }
    return null
  }

  /** To the end of the order, where it has jobs. */
  #stand(line: Line): void {
    if (line.inOrder || line.waiting + line.inHand.length === 0) return
    line.inOrder = true
    this.#orders[line.owner.class].push(line)
  }
}
