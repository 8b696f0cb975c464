import { LanesLost, type Job, type Lanes, type Work } from '../queue/lanes.ts'
import type { DuePush } from '../store/protocol/commands.ts'
import type { MessageKey, RecipientKey } from '../words/keys.ts'
import type { DueRow, StoreReader } from '../store/protocol/reader.ts'
import { minute, type Clock, type Millis } from '../time/clock.ts'
import { Lane } from './lane.ts'

/** RFC 5321 §4.5.3.1.8: what every host must take in one transaction. */
const recipientsPerJob = 100
/** Recipients in all lanes together; beyond it each lane gets a few at a time, so that a full house starves nobody. */
const recipientsInLanes = 20_000
const smallestPage = 5
/** Lanes looked at in one go: some milliseconds. */
const lanesAtOnce = 200
/** A lane without work is remembered for so long. */
const keptIdleMs = minute
/** A lane is filled again when this share of a page is left in it. */
const lowWater = 0.5

export interface LaneBookOptions {
  reader: StoreReader
  clock: Clock
  /** The lane has something to do. */
  onWork: (lane: Lane) => void
  /** These lanes can't be trusted any more. */
  onLanesError: (lanes: Lanes, error: unknown) => void
}

/**
 * What is in the lanes and what is behind them in the store. It decides what goes into Redis: of each lane that can
 * move, a bounded number of jobs, the earliest due first. A recipient is in one job at most.
 */
export class LaneBook {
  readonly #options: LaneBookOptions
  readonly #byName = new Map<string, Lane>()
  #lanes: Lanes | null = null
  #recipients = 0

  constructor(options: LaneBookOptions) {
    this.#options = options
  }

  /** Begins with empty lanes in Redis: what was in others is behind again, but for what is being tried now. */
  begin(lanes: Lanes): void {
    this.#lanes = lanes
  }

  /** Redis is gone, and all jobs that nobody had begun with it. */
  end(inFlight: ReadonlySet<RecipientKey>): void {
    this.#lanes = null
    for (const lane of this.#byName.values()) {
      lane.waiting = 0
      lane.inHand.length = 0
      for (const recipient of lane.recipients) {
        if (!inFlight.has(recipient)) this.#drop(lane, recipient)
      }
    }
  }

  lane(name: string): Lane {
    const known = this.#byName.get(name)
    if (known) return known
    const lane = new Lane(name)
    this.#byName.set(name, lane)
    return lane
  }

  /** What the store pushed. It goes straight into the lane where there is room and nothing before it. */
  push(jobs: DuePush['jobs']): void {
    for (const { message, lane: name, recipients } of jobs) {
      const lane = this.lane(name)
      const room = lane.page - lane.waiting
      const full = this.#recipients + recipients.length > recipientsInLanes
      if (lane.behind || full || room <= 0 || !this.#lanes) lane.behind = true
      else this.#add(lane, [{ message, recipients }])
      this.#options.onWork(lane)
    }
  }

  /**
   * Looks which lanes have something in the store, and when: some lanes, after the given one. Answers after which one to
   * go on, null at the end.
   */
  look(after: string | null): string | null {
    const now = this.#options.clock.now()
    const found = this.#options.reader.lanes(after, lanesAtOnce)
    for (const { lane: name, dueAt } of found) {
      const lane = this.lane(name)
      lane.dueAt(dueAt)
      if (dueAt <= now) this.#call(lane)
    }
    return found.length < lanesAtOnce ? null : (found.at(-1)?.lane ?? null)
  }

  /** Calls the lanes whose moment has come. Answers the next such moment. */
  wake(): Millis | null {
    const now = this.#options.clock.now()
    let next: Millis | null = null
    for (const lane of this.#byName.values()) {
      if (lane.nextDueAt === null) {
        if (lane.isIdle && lane.usedAt + keptIdleMs <= now) this.#forgetLane(lane)
        continue
      }
      if (lane.nextDueAt <= now) this.#call(lane)
      else if (next === null || lane.nextDueAt < next) next = lane.nextDueAt
    }
    return next
  }

  #call(lane: Lane): void {
    lane.nextDueAt = null
    lane.behind = true
    this.#options.onWork(lane)
  }

  /** The next job of a lane, null where there is none after all. */
  async next(lane: Lane): Promise<Job | null> {
    if (lane.behind && lane.waiting <= lane.page * lowWater) this.#fill(lane)
    const inHand = lane.inHand.shift()
    if (inHand) return inHand
    const lanes = this.#lanes
    if (lane.waiting === 0 || !lanes) return null
    lane.waiting--
    try {
      const job = await lanes.take(lane.name)
      if (!job) throw new LanesLost('a lane is empty before its time')
      return lanes === this.#lanes ? job : null
    } catch (error) {
      this.#options.onLanesError(lanes, error)
      return null
    }
  }

  /** Ends a job; where more of its lane wait, the next one is fetched in the same step. */
  async finish(job: Job): Promise<void> {
    const { lanes } = job
    if (lanes !== this.#lanes) return
    const lane = this.lane(job.lane)
    const andTake = lane.waiting > 0 && lane.inHand.length < lane.active
    if (andTake) lane.waiting--
    try {
      const next = await lanes.finish(job, andTake)
      if (lanes !== this.#lanes || !andTake) return
      if (!next) throw new LanesLost('a lane is empty before its time')
      lane.inHand.push(next)
      this.#options.onWork(lane)
    } catch (error) {
      this.#options.onLanesError(lanes, error)
    }
  }

  /** These are in no job any more. */
  forget(lane: Lane, recipients: readonly RecipientKey[]): void {
    for (const recipient of recipients) this.#drop(lane, recipient)
  }

  /** Fetches what is due from the store, and learns when more will be. */
  #fill(lane: Lane): void {
    const now = this.#options.clock.now()
    const page = this.#recipients < recipientsInLanes ? lane.page : smallestPage
    // The lane's own recipients are still due there until they are settled: they come along and are passed over
    const limit = lane.recipients.size + page
    const rows = this.#options.reader.due(lane.name, Number.MAX_SAFE_INTEGER, null, limit)
    const due = rows.filter(({ dueAt }) => dueAt <= now)
    lane.behind = due.length === limit
    const later = rows[due.length]
    if (later) lane.dueAt(later.dueAt)
    if (lane.behind) lane.growPage()
    this.#add(lane, toWork(due.filter(({ recipient }) => !lane.recipients.has(recipient))))
  }

  #add(lane: Lane, work: readonly Work[]): void {
    const jobs = work.flatMap(({ message, recipients }) => {
      const fresh = recipients.filter((recipient) => !lane.recipients.has(recipient))
      return batches(fresh).map((batch) => ({ message, recipients: batch }))
    })
    if (jobs.length === 0 || !this.#lanes) return
    for (const { recipients } of jobs) {
      for (const recipient of recipients) lane.recipients.add(recipient)
      this.#recipients += recipients.length
    }
    lane.waiting += jobs.length
    lane.usedAt = this.#options.clock.now()
    const lanes = this.#lanes
    lanes.add(lane.name, jobs, lane.usedAt).catch((error: unknown) => {
      this.#options.onLanesError(lanes, error)
    })
  }

  #forgetLane({ name }: Lane): void {
    this.#byName.delete(name)
    const lanes = this.#lanes
    lanes?.forget(name).catch((error: unknown) => this.#options.onLanesError(lanes, error))
  }

  #drop(lane: Lane, recipient: RecipientKey): void {
    if (lane.recipients.delete(recipient)) this.#recipients--
  }
}

/** One piece of work for each message, in the order of the first recipient that is due. */
function toWork(rows: readonly DueRow[]): Work[] {
  const byMessage = new Map<MessageKey, RecipientKey[]>()
  for (const { message, recipient } of rows) {
    const sameMessage = byMessage.get(message)
    if (sameMessage) sameMessage.push(recipient)
    else byMessage.set(message, [recipient])
  }
  return [...byMessage].map(([message, recipients]) => ({ message, recipients }))
}

function batches(recipients: readonly RecipientKey[]): (readonly RecipientKey[])[] {
  if (recipients.length <= recipientsPerJob) return recipients.length > 0 ? [recipients] : []
  const all: RecipientKey[][] = []
  for (let at = 0; at < recipients.length; at += recipientsPerJob) {
    all.push(recipients.slice(at, at + recipientsPerJob))
  }
  return all
}
