/**
 * delivery is in charge of the way from the store to the hosts of others: which job is begun next, the try itself, what
 * is concluded from it. It alone uses the lanes in Redis, and it owns the pace towards each provider.
 *
 * A job's way: its provider has a slot → the store says which of its recipients are still due → the host is offered the
 * message → `decide` for each recipient → the store records it → the job is finished. The job goes last and means
 * nothing: whatever happens to Redis, no message is sent twice and none is lost. Only a crash between the host's 250 and
 * the store's commit lets a message go out again.
 */
import { Epochs } from '../queue/epochs.ts'
import type { Lanes } from '../queue/lanes.ts'
import type { DuePush } from '../store/protocol/commands.ts'
import type { RecipientKey } from '../words/keys.ts'
import { minute, rfc3339, second } from '../time/clock.ts'
import { newUlid } from '../time/ulid.ts'
import { Expiry } from './expiry.ts'
import { HindranceReport } from './hindrance-report.ts'
import { LaneBook } from './lane-book.ts'
import { LaneScan } from './lane-scan.ts'
import { RedisWatch } from './redis-watch.ts'
import { Turns, type TurnsOptions } from './turns.ts'

export interface DeliveryOptions extends Omit<
  TurnsOptions,
  'book' | 'mayBegin' | 'track' | 'onDue' | 'onRest' | 'inFlight'
> {
  redisSocket: string
}

/** How exactly due moments are kept, and how long one that came up meanwhile may go unseen. */
const wakeAtLeastMs = 100
const wakeAtMostMs = 250
const rescanEveryMs = minute
const expireEveryMs = minute
const tickEveryMs = second
/** A relay that ends waits so long for hosts to take what is on its way … */
const cutOffAfterMs = 2 * second
/** … and so long in all for the word of those that have taken it. */
const closeWithinMs = 20 * second
/** Lanes at rest that people are told of. */
const restingTold = 1000

export class Delivery {
  readonly #options: DeliveryOptions
  readonly #book: LaneBook
  readonly #scan: LaneScan
  readonly #turns: Turns
  readonly #epochs: Epochs
  readonly #expiry: Expiry
  readonly #report: HindranceReport
  readonly #redis: RedisWatch
  readonly #inFlight = new Set<RecipientKey>()
  readonly #running = new Set<Promise<void>>()
  readonly #stop = new AbortController()
  readonly #timers: NodeJS.Timeout[] = []
  #following = false
  #lanes: Lanes | null = null
  #lostRedis = false
  #expiring = false
  #wakeTimer: NodeJS.Timeout | null = null

  constructor(options: DeliveryOptions) {
    this.#options = options
    const { reader, clock, redisSocket } = options
    this.#book = new LaneBook({
      reader,
      clock,
      onWork: (lane) => this.#turns.onWork(lane),
      onLanesError: (lanes, error) => this.#onLanesError(lanes, error),
    })
    this.#scan = new LaneScan((after) => this.#book.look(after), this.#stop.signal)
    const tools = { ...options, inFlight: this.#inFlight }
    this.#turns = new Turns({
      ...tools,
      book: this.#book,
      mayBegin: () => this.#mayBegin,
      track: (work) => this.#track(work),
      onDue: () => this.#wake(),
      onRest: (hosts, { until, cause }) =>
        this.#note('hosts_rest', { hosts: hosts.slice(0, 1000), until: rfc3339(until), cause }),
    })
    this.#expiry = new Expiry(tools)
    this.#report = new HindranceReport(options)
    this.#redis = new RedisWatch(options)
    const newId = () => newUlid(clock.now())
    this.#epochs = new Epochs(
      { socketPath: redisSocket, storeId: reader.storeId(), newId },
      {
        onBegin: (lanes) => this.#onEpoch(lanes),
        onEnd: (reason) => this.#onEpochEnd(reason),
        onFailure: (error) => this.#redis.failed(error),
      },
    )
    this.#every(rescanEveryMs, () => this.#scan.want())
    this.#every(tickEveryMs, () => this.#tick())
    this.#every(expireEveryMs, () => this.#expire())
    this.#wake()
  }

  /** Both ends of a job are there: the store and Redis. */
  get #mayBegin(): boolean {
    return this.#following && this.#lanes !== null && !this.#stop.signal.aborted
  }

  /** What keeps it from sending anything, in words; null: nothing. */
  get trouble(): string | null {
    return this.#following ? this.#redis.trouble : 'delivery has no connection to the store'
  }

  /** What is being sent or recorded at this moment. */
  get inFlight(): readonly RecipientKey[] {
    return [...this.#inFlight]
  }

  /** The store is there (again) and tells what becomes due from here on. */
  onFollowing(): void {
    this.#following = true
    this.#report.forget()
    this.#rescan()
    this.#turns.give()
  }

  onStoreLost(): void {
    this.#following = false
  }

  onDue(push: DuePush): void {
    this.#book.push(push.jobs)
    if (!push.rescan) return
    this.#scan.want()
    // Mostly somebody's retry or release: who asks for a try now gets one.
    this.#turns.endRests()
  }

  /**
   * Begins nothing new, waits a moment for what is on its way, and cuts off what hosts don't take: it is due as before.
   * Whoever has a whole message has more time to say so, or it would be sent twice. Then lets go of everything.
   */
  async close(): Promise<void> {
    this.#stop.abort()
    for (const timer of this.#timers) clearInterval(timer)
    if (this.#wakeTimer) clearTimeout(this.#wakeTimer)
    this.#options.resolver.close()
    await this.#ended(cutOffAfterMs)
    if (this.#running.size > 0) this.#options.deadlines.cutShort()
    await this.#ended(closeWithinMs - cutOffAfterMs)
    this.#epochs.close()
    this.#turns.closeAll()
  }

  async #ended(withinMs: number): Promise<void> {
    const deadline = new Promise((resolve) => setTimeout(resolve, withinMs).unref())
    await Promise.race([Promise.allSettled([...this.#running]), deadline])
  }

  #every(ms: number, act: () => void): void {
    this.#timers.push(setInterval(act, ms))
  }

  #onEpoch(lanes: Lanes): void {
    this.#lanes = lanes
    if (this.#lostRedis) this.#note('redis_back', {})
    this.#lostRedis = false
    this.#options.log.info({ epoch: lanes.prefix }, 'filling the lanes')
    this.#book.begin(lanes)
    this.#rescan()
    this.#turns.give()
  }

  #onEpochEnd(reason: string): void {
    this.#lanes = null
    this.#lostRedis = true
    this.#options.log.warn({ event: 'redis_lost', reason }, 'sending pauses until Redis is back')
    this.#note('redis_lost', { reason })
    this.#book.end(this.#inFlight)
  }

  #onLanesError(lanes: Lanes, error: unknown): void {
    this.#epochs.fail(lanes, error instanceof Error ? error.message : String(error))
  }

  #note(event: string, data: Record<string, string>): void {
    const { store, log } = this.#options
    const unwritten = (why: object): void =>
      log.warn({ ...why, event }, 'an event was not written down')
    store.send({ kind: 'note', event, data }).then(
      (answer) => {
        if (answer.kind !== 'ok') unwritten({ answer })
      },
      (error: unknown) => unwritten({ err: error }),
    )
  }

  #rescan(): void {
    if (!this.#mayBegin) return
    this.#track(this.#scan.run())
    this.#wake()
  }

  #tick(): void {
    this.#expiry.watch(this.#mayBegin)
    this.#turns.tick()
    void this.#redis.look(this.#lanes !== null)
    if (!this.#following) return
    this.#report.tell({
      resting: this.#turns.resting(restingTold),
      redisTrouble: this.#redis.trouble,
    })
  }

  #wake(): void {
    if (this.#wakeTimer) clearTimeout(this.#wakeTimer)
    if (this.#stop.signal.aborted) return
    const { clock } = this.#options
    if (this.#mayBegin && this.#scan.isDue) {
      this.#rescan()
      return
    }
    const next = this.#book.wake()
    const wait = Math.min(Math.max((next ?? Infinity) - clock.now(), wakeAtLeastMs), wakeAtMostMs)
    this.#wakeTimer = setTimeout(() => this.#wake(), wait)
  }

  #expire(): void {
    if (!this.#following || this.#expiring) return
    this.#expiring = true
    this.#track(this.#expiry.look().finally(() => (this.#expiring = false)))
  }

  /** A fault in one job is that job's: it is logged, and the store still has the recipients. */
  #track(work: Promise<void>): void {
    const tracked = work
      .catch((error: unknown) => {
        if (this.#stop.signal.aborted) return
        this.#options.log.error({ err: error }, 'a fault in delivery')
      })
      .finally(() => this.#running.delete(tracked))
    this.#running.add(tracked)
  }
}
