/**
 * delivery is in charge of the way from the store to the hosts of others: which job is begun next, the try itself, what
 * is concluded from it. It alone uses the lanes in Redis, and it owns the pace towards each provider.
 *
 * A job's way: its provider has a slot → the store says which of its recipients are still due → the host is offered the
 * message → `decide` for each recipient → the store records it → the job is finished. The job goes last and means
 * nothing: whatever happens to Redis, no message is sent twice and none is lost. Only a crash between the host's 250 and
 * the store's commit lets a message go out again.
 */
import type { Pace } from '../destinations/pace.ts'
import type { HostsResolver } from '../destinations/resolve-hosts.ts'
import { Epochs } from '../queue/epochs.ts'
import type { Lanes } from '../queue/lanes.ts'
import type { DuePush, RecipientKey } from '../store/commands.ts'
import { minute, monotonicMs, second } from '../time/clock.ts'
import { newUlid } from '../time/ulid.ts'
import { expireOverdue } from './expire-overdue.ts'
import { JobRunner, type JobTools } from './job-runner.ts'
import type { Lane } from './lane.ts'
import { LaneBook } from './lane-book.ts'
import { Rounds } from './rounds.ts'
import { Slots } from './slots.ts'
import { findTarget, type TargetSettings } from './targets.ts'

export interface DeliveryOptions extends Omit<JobTools, 'inFlight' | 'slots'> {
  pace: Pace
  /** Connections over all. */
  connections: number
  redisSocket: string
  resolver: HostsResolver
  targets: TargetSettings
}

/** How exactly due moments are kept, and how long one that came up meanwhile may go unseen. */
const wakeAtLeastMs = 100
const wakeAtMostMs = 250
const rescanEveryMs = minute
/** A look over all lanes is followed by this many times as much of other work. */
const rescanShare = 20
const expireEveryMs = minute
const idleEveryMs = second
/** The resolver believes its answers for longer. */
const lookUpAgainMs = 5 * second
/** Jobs of a lane that need no connection, as there is no host, under way at a time. */
const unsentAtOnce = 5
const closeWithinMs = 20 * second

export class Delivery {
  readonly #options: DeliveryOptions
  readonly #book: LaneBook
  readonly #rounds = new Rounds<Lane>()
  readonly #slots: Slots
  readonly #runner: JobRunner
  readonly #epochs: Epochs
  readonly #inFlight = new Set<RecipientKey>()
  readonly #running = new Set<Promise<void>>()
  readonly #stop = new AbortController()
  readonly #timers: NodeJS.Timeout[] = []
  #pumping = false
  #following = false
  #lanes: Lanes | null = null
  #lostRedis = false
  #rescanSoon = false
  /** On the monotonic clock; a look over many lanes takes its time, and must not be all that is done. */
  #rescanNotBefore = 0
  #expiring = false
  #wakeTimer: NodeJS.Timeout | null = null

  constructor(options: DeliveryOptions) {
    this.#options = options
    const { reader, clock, redisSocket } = options
    this.#book = new LaneBook({
      reader,
      clock,
      onWork: (lane) => this.#onWork(lane),
      onLanesError: (lanes, error) => this.#onLanesError(lanes, error),
    })
    this.#slots = new Slots({ ...options, onFree: (...freed) => this.#onFree(...freed) })
    this.#runner = new JobRunner(
      { ...options, slots: this.#slots, inFlight: this.#inFlight },
      this.#book,
    )
    const newId = () => newUlid(clock.now())
    this.#epochs = new Epochs(
      { socketPath: redisSocket, storeId: reader.storeId(), newId },
      {
        onBegin: (lanes) => this.#onEpoch(lanes),
        onEnd: (reason) => this.#onEpochEnd(reason),
      },
    )
    this.#every(rescanEveryMs, () => (this.#rescanSoon = true))
    this.#every(idleEveryMs, () => this.#tick())
    this.#every(expireEveryMs, () => this.#expire())
    this.#wake()
  }

  /** Both ends of a job are there: the store and Redis. */
  get #mayBegin(): boolean {
    return this.#following && this.#lanes !== null && !this.#stop.signal.aborted
  }

  /** What is being sent or recorded at this moment. */
  get inFlight(): readonly RecipientKey[] {
    return [...this.#inFlight]
  }

  /** The store is there (again) and tells what becomes due from here on. */
  onFollowing(): void {
    this.#following = true
    this.#rescan()
    this.#pump()
  }

  onStoreLost(): void {
    this.#following = false
  }

  onDue(push: DuePush): void {
    this.#book.push(push.jobs)
    if (!push.rescan) return
    this.#rescanSoon = true
    // Mostly somebody's retry or release: who asks for a try now gets one.
    this.#slots.endRests()
  }

  /** Begins nothing new, waits a while for what is on its way to be sent and recorded, and lets go of everything. */
  async close(): Promise<void> {
    this.#stop.abort()
    for (const timer of this.#timers) clearInterval(timer)
    if (this.#wakeTimer) clearTimeout(this.#wakeTimer)
    const deadline = new Promise((resolve) => setTimeout(resolve, closeWithinMs).unref())
    await Promise.race([Promise.allSettled([...this.#running]), deadline])
    this.#epochs.close()
    this.#slots.closeAll()
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
    this.#pump()
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
    store.send({ kind: 'note', event, data }).catch((error: unknown) => {
      log.warn({ err: error, event }, 'an event was not written down')
    })
  }

  #rescan(): void {
    if (!this.#mayBegin) return
    const began = monotonicMs()
    this.#rescanSoon = false
    this.#book.rescan()
    const ended = monotonicMs()
    this.#rescanNotBefore = ended + rescanShare * (ended - began)
    this.#wake()
  }

  #tick(): void {
    this.#slots.closeIdle()
    this.#rounds.unblockAll()
    this.#pump()
  }

  #wake(): void {
    if (this.#wakeTimer) clearTimeout(this.#wakeTimer)
    if (this.#stop.signal.aborted) return
    const { clock } = this.#options
    if (this.#mayBegin && this.#rescanSoon && this.#rescanNotBefore <= monotonicMs()) {
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
    const expired = expireOverdue({ ...this.#options, inFlight: this.#inFlight })
    this.#track(expired.finally(() => (this.#expiring = false)))
  }

  #onWork(lane: Lane): void {
    if (lane.inLine || !lane.hasWork()) return
    if (lane.target && lane.targetUntil > this.#options.clock.now()) this.#enter(lane)
    else if (!lane.looking) this.#track(this.#lookUp(lane))
  }

  #enter(lane: Lane): void {
    const { target } = lane
    this.#rounds.enter(lane, target?.kind === 'hosts' ? target.provider : `lane:${lane.name}`)
    this.#pump()
  }

  async #lookUp(lane: Lane): Promise<void> {
    const { targets, resolver, clock } = this.#options
    lane.looking = true
    try {
      lane.target = await findTarget(lane.of, targets, resolver, this.#stop.signal)
      lane.targetUntil = clock.now() + lookUpAgainMs
    } finally {
      lane.looking = false
    }
    this.#enter(lane)
  }

  /** Gives turns, once for all that asked for it in this turn of the event loop. */
  #pump(): void {
    if (this.#pumping) return
    this.#pumping = true
    setImmediate(() => {
      this.#pumping = false
      if (this.#mayBegin) this.#rounds.run((lane) => this.#turn(lane))
    })
  }

  #turn(lane: Lane): 'done' | 'again' | 'blocked' {
    const { clock } = this.#options
    const { target } = lane
    if (!lane.hasWork() || !target) return 'done'
    if (lane.targetUntil <= clock.now()) {
      if (!lane.looking) this.#track(this.#lookUp(lane))
      return 'done'
    }
    if (target.kind !== 'hosts') {
      if (lane.active >= unsentAtOnce) return 'done'
      this.#run(lane, () => this.#runner.settleUnsent(lane, target))
      return lane.hasWork() ? 'again' : 'done'
    }
    const slot = this.#slots.reserve(target)
    if (!slot) return 'blocked'
    this.#run(lane, () => this.#runner.send(lane, slot))
    return lane.hasWork() ? 'again' : 'done'
  }

  #onFree(provider: string, overAll: boolean): void {
    if (overAll) this.#rounds.unblockAll()
    else this.#rounds.unblock(provider)
    this.#pump()
  }

  #run(lane: Lane, job: () => Promise<void>): void {
    lane.active++
    const done = job().finally(() => {
      lane.active--
      this.#onWork(lane)
      this.#wakeAt(lane)
    })
    this.#track(done)
  }

  #wakeAt(lane: Lane): void {
    if (lane.nextDueAt !== null && lane.nextDueAt <= this.#options.clock.now()) this.#wake()
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
