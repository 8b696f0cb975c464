import { FreshSet } from '../collections/fresh.ts'
import type { Place } from '../destinations/pace.ts'
import type { Job } from '../queue/lanes.ts'
import { lineOf, type DueWork, type MailSource } from '../words/due.ts'
import { Away } from './away.ts'
import { isFree, jobsOf, LineTurns, type Line } from './line-turns.ts'
import { isSame } from './sender-turns.ts'

const firstPage = 100
const largestPage = 500
/** A lane is filled again when this share of a page is left in it, counted in jobs … */
const lowWater = 0.5
/** … unless these have so many recipients, and there are jobs for all connections to a host. */
const enoughRecipients = 2000
const enoughJobs = 20
/** So many senders are named of which the store may have mail that is in no job: it is asked for more than one in any case. */
const sendersTold = 16
/** As much as a lane keeps of what has no job: nearly all lanes have less, and there may be fifty thousand. */
const mostKept = 4

/** Of lanes that have none, as nearly all that wait: each table of a Map takes half a kilobyte. */
const noLines = new Map<string, Line>()

/**
 * What delivery knows of a lane that has something to do. Its jobs are in Redis, one queue for each line, so that classes
 * and submitters take turns; what does not fit waits in the store, and `behind` says that there is some.
 */
export class Lane {
  readonly name: string
  readonly place: Place
  /** Whose mail in the store it was found for; that of others may be due as well. */
  readonly foundFor: MailSource
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
  #lines = noLines
  readonly #turns = new LineTurns()
  #behind = false
  /** Whose mail is among what the store has, as far as that is known. */
  #told: MailSource[] = []
  /** All that it is behind by, where that is known and little; else the store is asked. */
  #kept: DueWork[] | null = null
  /** Jobs that nobody has begun, in Redis or in hand. */
  #jobs = 0
  /** Turns that were granted and have not come to a job yet. */
  #promised = 0

  constructor(name: string, place: Place, foundFor: MailSource) {
    this.name = name
    this.away = new Away(name)
    this.place = place
    this.foundFor = { class: foundFor.class, submitter: foundFor.submitter }
  }

  /** The store has due recipients that are in no job. */
  get behind(): boolean {
    return this.#behind
  }

  /** The store has due recipients of this sender that are in no job; null: of whom is not known. */
  isBehind(source: MailSource | null): void {
    this.#behind = true
    this.#kept = null
    this.#tell(source)
  }

  /** There is no job for this mail, and the store has no more that is due than what was kept here before. */
  keep(work: DueWork): void {
    const kept = this.#behind ? this.#kept : (this.#kept = [])
    this.#behind = true
    this.#tell(work)
    if (!kept) return
    const known = kept.flatMap(({ recipients }) => recipients)
    const recipients = work.recipients.filter((recipient) => !known.includes(recipient))
    if (known.length + recipients.length > mostKept) this.#kept = null
    // The lane has these texts too, and each piece of work its own copies
    const { name: lane, place } = this
    if (recipients.length > 0) kept.push({ ...work, recipients, lane, provider: place.provider })
  }

  #tell(source: MailSource | null): void {
    if (!source || this.#told.some((known) => isSame(known, source))) return
    if (this.#told.length === sendersTold) this.#told.shift()
    this.#told.push({ class: source.class, submitter: source.submitter })
  }

  /** What has no job is to get one now. Returns all of it where it was kept, and whose mail was known to be among it. */
  catchUp(): { kept: readonly DueWork[] | null; told: readonly MailSource[] } {
    const [kept, told] = [this.#kept, this.#told]
    this.#behind = false
    this.#kept = null
    this.#told = []
    return { kept, told }
  }

  /** Whether another turn would find something: a job, or what the store has behind the last of them. */
  get wantsTurn(): boolean {
    if (this.forgotten) return false
    return this.#jobs > this.#promised || (this.#behind && this.#promised === 0)
  }

  /** Nothing of it is left: it can be forgotten. */
  get isIdle(): boolean {
    const atWork = this.#jobs + this.active + this.#promised
    return atWork === 0 && !this.#behind && this.away.isOver && this.#lines.size === 0
  }

  /** Jobs that nobody has begun. */
  get jobs(): number {
    return this.#jobs
  }

  /** Jobs that nobody has begun, by line, on average of those that have any. */
  get jobsPerLine(): number {
    return this.#jobs / Math.max(1, this.#turns.length)
  }

  get runsLow(): boolean {
    if (!this.#behind || this.#jobs > this.page * lowWater) return false
    return this.#jobs < enoughJobs || this.#recipients < enoughRecipients
  }

  get lines(): Iterable<Line> {
    return this.#lines.values()
  }

  /** Whose mail waits here for a turn, in the order of turns, as far as that is known. */
  get senders(): readonly MailSource[] {
    const inJobs = this.#turns.owners
    if (!this.#behind) return inJobs
    const more = this.#told.filter((source) => {
      const line = this.findLine(source)
      return !line || !isFree(line)
    })
    if (more.length > 0) return [...inJobs, ...more].sort(byClass)
    return inJobs.length > 0 ? inJobs : [this.foundFor]
  }

  /** A turn is granted for the mail of a sender. Returns the line that it is for, if that has a job for it. */
  promiseTurn(source: MailSource): Line | null {
    this.#promised++
    const line = this.findLine(source)
    if (line && isFree(line)) {
      line.promised++
      return line
    }
    // Whatever this turn finds: it is named again when the store is known to have more
    this.#told = this.#told.filter((known) => !isSame(known, source))
    return null
  }

  turnCame(line: Line | null): void {
    this.#promised--
    if (line) line.promised--
  }

  /** Whether a turn for this sender's mail finds no job, and may find some in the store; or few jobs are left. */
  isToBeFilledFor(source: MailSource): boolean {
    if (this.runsLow) return true
    const line = this.findLine(source)
    return this.#behind && (!line || jobsOf(line) === 0)
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
      recipients: new FreshSet(),
      again: null,
      active: 0,
      promised: 0,
      inOrder: false,
      hasQueue: false,
    }
    if (this.#lines === noLines) this.#lines = new Map()
    this.#lines.set(key, line)
    return line
  }

  /** Jobs were put into Redis at the end of a line. */
  added(line: Line, jobs: number): void {
    line.waiting += jobs
    this.#jobs += jobs
    this.#turns.put(line)
  }

  /**
   * The line that a turn for the mail of a sender goes to, with its job if that is in hand; else it is to be taken from Redis.
   * Where that sender has none of the class that is first, another may have the turn if `passOn` says so. null: nobody.
   */
  next(
    source: MailSource,
    passOn: (to: MailSource) => boolean,
  ): { line: Line; job: Job | null } | null {
    const line = this.#turns.take(source, passOn)
    if (!line) return null
    this.#jobs--
    const job = line.inHand.shift() ?? null
    if (!job) line.waiting--
    // The store may have more of it, which the others' jobs are not to hide
    if (this.#behind && jobsOf(line) === 0) this.#tell(line.owner)
    this.#turns.put(line)
    return { line, job }
  }

  /**
   * Whether a job that ends may bring the next of its line with it, which counts as begun until it is in hand. What turns
   * were granted for stays where it is.
   */
  takeAlong(line: Line): boolean {
    if (line.waiting === 0 || line.inHand.length >= this.active) return false
    if (this.#jobs <= this.#promised || !isFree(line)) return false
    line.waiting--
    this.#jobs--
    this.#turns.put(line)
    return true
  }

  putInHand(line: Line, job: Job): void {
    line.inHand.push(job)
    this.#jobs++
    this.#turns.put(line)
  }

  has(line: Line): boolean {
    return this.#lines.get(lineOf(line.owner)) === line
  }

  removeLine(line: Line): void {
    if (!this.has(line)) return
    this.#lines.delete(lineOf(line.owner))
    if (this.#lines.size === 0) this.#lines = noLines
  }

  /** All jobs that were not begun are gone, and the store has their recipients. @returns those that were in hand */
  clear(): Job[] {
    const inHand: Job[] = []
    for (const line of this.#lines.values()) {
      if (jobsOf(line) > 0) this.isBehind(line.owner)
      line.waiting = 0
      inHand.push(...line.inHand.splice(0))
      line.recipients.clear()
      line.again = null
    }
    this.#turns.clear()
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
}

const byClass = (a: MailSource, b: MailSource): number => a.class - b.class
