import { FreshMap, FreshSet } from '../collections/fresh.ts'
import type { Place } from '../destinations/pace.ts'
import { LanesLost, type Job, type Lanes } from '../queue/lanes.ts'
import { monotonicMs, second, type Clock } from '../time/clock.ts'
import type { DueWork, MailSource } from '../words/due.ts'
import type { RecipientKey } from '../words/keys.ts'
import { Lane } from './lane.ts'
import { jobsOf, type Line } from './line-turns.ts'

/** RFC 5321 §4.5.3.1.8: every host must take this many recipients in one transaction. */
const recipientsPerJob = 100
/** Recipients in all jobs together. Beyond it only lines that have hardly any get a few, so that a full house starves nobody. */
const recipientsInJobs = 20_000
/**
 * A line with fewer jobs takes new mail also while the lane is behind, as does one with fewer than the lines of the lane have on
 * average: what others have there would all go before it.
 */
const recipientsOfNewLine = 5
/**
 * Queues in Redis, each of which takes some 5 KB there. A lane beyond it is filled when its turn has come; up to twice as
 * many are made for lines of lanes that have jobs of others.
 */
const queuesInRedis = 2000
/** Lanes that have something to do; what is due in others waits in the store until there is room for its submitter. */
const lanesKept = 50_000
/** A line without jobs keeps its queue for a moment: much mail comes one by one. */
const idleQueueMs = 5 * second
const idleQueuesKept = 500

/** A job that was taken from its lane, to be finished whatever comes of it. */
export interface TakenJob {
  job: Job
  lane: Lane
  line: Line
}

/**
 * The lanes that have something to do, and their jobs in Redis: a bounded number of each. A lane is forgotten when nothing
 * of it is left, whatever waits in the store for a later time.
 */
export class LaneBook {
  readonly #clock: Clock
  /** The queues in Redis can't be trusted any more. */
  readonly #onLost: (queues: Lanes, error: unknown) => void
  readonly #byName = new FreshMap<string, Lane>()
  /** How many of them were made for the mail of each submitter. */
  readonly #lanesOf = new FreshMap<number, number>()
  /** Lines without jobs, the longest idle first, with the moment since which they are. */
  readonly #idle = new FreshMap<Line, { lane: Lane; since: number }>()
  #queues: Lanes | null = null
  #recipients = 0
  #queueCount = 0

  constructor(clock: Clock, onLost: (queues: Lanes, error: unknown) => void) {
    this.#clock = clock
    this.#onLost = onLost
  }

  get size(): number {
    return this.#byName.size
  }

  /**
   * Whether there is room for another lane: a submitter may have as many as are left free. One alone fills half of it,
   * and the next still finds room.
   */
  hasRoomFor({ submitter }: MailSource): boolean {
    return (this.#lanesOf.get(submitter) ?? 0) < lanesKept - this.#byName.size
  }

  begin(queues: Lanes): void {
    this.#queues = queues
  }

  /** Redis is gone, and with it all jobs that nobody had begun; the store has their recipients. */
  end(): Lane[] {
    this.#queues = null
    const lanes = [...this.#byName.values()]
    for (const lane of lanes) {
      this.#clear(lane)
      for (const line of lane.lines) lane.removeLine(line)
      lane.forgotten = true
    }
    this.#byName.clear()
    this.#lanesOf.clear()
    this.#idle.clear()
    this.#queueCount = 0
    return lanes
  }

  find(name: string): Lane | null {
    return this.#byName.get(name) ?? null
  }

  /** The lane of this name, made where there is none; `of`: for whose mail it is wanted. */
  lane(name: string, place: Place, of: MailSource): Lane {
    const known = this.#byName.get(name)
    if (known) return known
    const lane = new Lane(name, place, of)
    this.#byName.set(name, lane)
    this.#lanesOf.set(of.submitter, (this.#lanesOf.get(of.submitter) ?? 0) + 1)
    return lane
  }

  /**
   * Puts recipients into jobs at the end of their line, as far as there is room; else the lane is behind the store.
   * `asked`: they were fetched for the lane's turn.
   */
  put(lane: Lane, work: DueWork, asked = false): void {
    const line = lane.findLine(work)
    const fresh = line
      ? work.recipients.filter((recipient) => !line.recipients.has(recipient))
      : work.recipients
    if (fresh.length === 0) return
    if (this.#queues && (asked || this.#hasRoom(lane, line))) {
      this.#addJobs(this.#queues, lane, lane.lineFor(work), work, fresh)
    } else lane.keep(work)
  }

  /** Somebody asked for a try: those that are in jobs now may be due again when these end, and are told of only now. */
  askedAgain({ lane, recipients, ...of }: DueWork): void {
    const line = this.#byName.get(lane)?.findLine(of)
    if (!line) return
    for (const recipient of recipients) {
      if (line.recipients.has(recipient)) (line.again ??= new FreshSet()).add(recipient)
    }
  }

  /** The job of a turn that was granted for the mail of this sender; see `Lane.next`. null where there is none after all. */
  async next(
    lane: Lane,
    source: MailSource,
    passOn: (to: MailSource) => boolean,
  ): Promise<TakenJob | null> {
    const queues = this.#queues
    const next = queues && lane.next(source, passOn)
    if (!next) return null
    const { line } = next
    line.active++
    if (next.job) return { job: next.job, lane, line }
    try {
      const job = await queues.take(line.queue)
      if (!job) throw new LanesLost('a queue is empty before its time')
      if (queues === this.#queues) return { job, lane, line }
    } catch (error) {
      this.#onLost(queues, error)
    }
    line.active--
    return null
  }

  /** Ends a job; where more of its line wait, the next one is fetched in the same step. */
  async finish({ job, lane, line }: TakenJob): Promise<void> {
    for (const recipient of job.recipients) {
      if (line.recipients.delete(recipient)) this.#recipients--
      if (line.again?.delete(recipient)) lane.isBehind(line.owner)
    }
    const queues = this.#queues
    // The line is of that epoch too
    if (!queues || job.lanes !== queues) return
    const along = lane.takeAlong(line)
    const { cleared } = lane
    try {
      const next = await queues.finish(job, along)
      if (queues !== this.#queues) return
      if (along && !next) throw new LanesLost('a queue is empty before its time')
      if (next && lane.cleared !== cleared) await this.#dropJob(queues, lane, line, next)
      else if (next) lane.putInHand(line, next)
      line.active--
      this.#becameIdle(lane, line)
    } catch (error) {
      this.#onLost(queues, error)
    }
  }

  /** The lane was cleared while the job was on its way: it goes too, and the store has its recipients. */
  async #dropJob(queues: Lanes, lane: Lane, { owner }: Line, job: Job): Promise<void> {
    lane.isBehind(owner)
    await queues.finish(job, false)
  }

  /** The lane's hosts are left alone for a while: its jobs go, and the store has their recipients. */
  rest(lane: Lane): void {
    const queues = this.#queues
    const inHand = this.#clear(lane)
    if (!queues) return
    const onError = (error: unknown): void => this.#onLost(queues, error)
    // Redis has these among those that are being tried
    for (const job of inHand) queues.finish(job, false).catch(onError)
    for (const line of lane.lines) {
      if (line.hasQueue) queues.drain(line.queue).catch(onError)
      this.#becameIdle(lane, line)
    }
  }

  /** Forgets the lane where nothing of it is left. */
  forgetIfIdle(lane: Lane): boolean {
    if (!lane.isIdle) return false
    if (this.#byName.get(lane.name) !== lane) return true
    this.#byName.delete(lane.name)
    lane.forgotten = true
    const { submitter } = lane.foundFor
    const left = (this.#lanesOf.get(submitter) ?? 0) - 1
    if (left > 0) this.#lanesOf.set(submitter, left)
    else this.#lanesOf.delete(submitter)
    return true
  }

  /** Gives up queues that were idle for long; to be called every second or so. */
  tick(): void {
    const before = monotonicMs() - idleQueueMs
    for (const [line, { lane, since }] of this.#idle) {
      if (since > before && this.#idle.size <= idleQueuesKept) return
      this.#forgetLine(lane, line)
      this.forgetIfIdle(lane)
    }
  }

  #hasRoom(lane: Lane, line: Line | null): boolean {
    const jobs = line ? jobsOf(line) : 0
    const isBehindOthers = !this.#isFull && jobs < lane.jobsPerLine
    if (jobs < recipientsOfNewLine || isBehindOthers) {
      const most = lane.behind || this.#isFull ? 2 * recipientsInJobs : recipientsInJobs
      // Else its turn would come when most of what others have in the lane is done
      const mostQueues = lane.jobs > 0 ? 2 * queuesInRedis : queuesInRedis
      return this.#recipients < most && (line?.hasQueue || this.#queueCount < mostQueues)
    }
    // Those behind it in the store came first
    return !lane.behind && !this.#isFull && (line?.recipients.size ?? 0) < lane.page
  }

  get #isFull(): boolean {
    return this.#recipients >= recipientsInJobs
  }

  /** How many recipients a lane may be given for its turn. */
  pageFor(lane: Lane): number {
    return this.#isFull ? recipientsOfNewLine : lane.page
  }

  #addJobs(
    queues: Lanes,
    lane: Lane,
    line: Line,
    work: DueWork,
    fresh: readonly RecipientKey[],
  ): void {
    this.#idle.delete(line)
    if (!line.hasQueue) this.#queueCount++
    line.hasQueue = true
    const jobs: { message: number; recipients: readonly RecipientKey[] }[] = []
    for (let at = 0; at < fresh.length; at += recipientsPerJob) {
      jobs.push({ message: work.message, recipients: fresh.slice(at, at + recipientsPerJob) })
    }
    for (const recipient of fresh) line.recipients.add(recipient)
    this.#recipients += fresh.length
    lane.added(line, jobs.length)
    queues.add(line.queue, jobs, this.#clock.now()).catch((error: unknown) => {
      this.#onLost(queues, error)
    })
  }

  /** @returns the jobs that were in hand */
  #clear(lane: Lane): Job[] {
    for (const { recipients } of lane.lines) this.#recipients -= recipients.size
    return lane.clear()
  }

  #becameIdle(lane: Lane, line: Line): void {
    if (!isUnused(line) || !lane.has(line)) return
    this.#idle.delete(line)
    this.#idle.set(line, { lane, since: monotonicMs() })
  }

  #forgetLine(lane: Lane, line: Line): void {
    lane.removeLine(line)
    this.#idle.delete(line)
    if (!line.hasQueue) return
    line.hasQueue = false
    this.#queueCount--
    const queues = this.#queues
    queues?.forget(line.queue).catch((error: unknown) => this.#onLost(queues, error))
  }
}

/** It has no job, and none of its jobs is being tried. */
const isUnused = (line: Line): boolean => jobsOf(line) + line.active + line.recipients.size === 0
