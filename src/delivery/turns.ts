import type { HostsResolver } from '../destinations/resolve-hosts.ts'
import type { RestingLane } from '../store/protocol/hindrances.ts'
import { second } from '../time/clock.ts'
import { JobRunner, type JobTools } from './job-runner.ts'
import type { LaneBook } from './lane-book.ts'
import type { Lane } from './lane.ts'
import { RestingLanes } from './resting-lanes.ts'
import { Rounds } from './rounds.ts'
import { Slots, type SlotsOptions } from './slots.ts'
import { findTarget, type TargetSettings } from './targets.ts'

export interface TurnsOptions
  extends Omit<JobTools, 'slots'>, Omit<SlotsOptions, 'onFree' | 'clock'> {
  book: LaneBook
  resolver: HostsResolver
  targets: TargetSettings
  mayBegin: () => boolean
  /** Sees to work that goes on by itself. */
  track: (work: Promise<void>) => void
  /** A lane has something due that it must be called for. */
  onDue: () => void
}

/** The resolver believes its answers for longer. */
const lookUpAgainMs = 5 * second
/** Jobs of a lane that need no connection, as there is no host, under way at a time. */
const unsentAtOnce = 5

/** A lane's way to a job of its own: it has work, its hosts are known, it stands in line, there is a slot for it. */
export class Turns {
  readonly #options: TurnsOptions
  readonly #rounds = new Rounds<Lane>()
  readonly #resting: RestingLanes
  readonly #slots: Slots
  readonly #runner: JobRunner
  #giving = false

  constructor(options: TurnsOptions) {
    this.#options = options
    this.#resting = new RestingLanes(options.pace)
    this.#slots = new Slots({ ...options, onFree: (...freed) => this.#onFree(...freed) })
    this.#runner = new JobRunner({ ...options, slots: this.#slots }, options.book)
  }

  onWork(lane: Lane): void {
    if (lane.inLine || !lane.hasWork()) return
    if (lane.target && lane.targetUntil > this.#options.clock.now()) this.#enter(lane)
    else this.#lookUp(lane)
  }

  /** Gives turns, once for all that asked for it in this turn of the event loop. */
  give(): void {
    if (this.#giving) return
    this.#giving = true
    setImmediate(() => {
      this.#giving = false
      if (this.#options.mayBegin()) this.#rounds.run((lane) => this.#turn(lane))
    })
  }

  /** To be called every second or so. */
  tick(): void {
    this.#slots.closeIdle()
    this.#wakeRested()
    this.#rounds.unblockAll()
    this.give()
  }

  /** Somebody asked for another try, now. */
  endRests(): void {
    this.#options.pace.endRests()
    this.#wakeRested()
  }

  resting(limit: number): RestingLane[] {
    return this.#resting.list(this.#options.clock.now(), limit)
  }

  closeAll(): void {
    this.#slots.closeAll()
  }

  #wakeRested(): void {
    for (const lane of this.#resting.release(this.#options.clock.now())) this.onWork(lane)
  }

  #enter(lane: Lane): void {
    const { target } = lane
    this.#rounds.enter(lane, target?.kind === 'hosts' ? target.provider : `lane:${lane.name}`)
    this.give()
  }

  #lookUp(lane: Lane): void {
    if (lane.looking) return
    lane.looking = true
    this.#options.track(this.#findTarget(lane))
  }

  async #findTarget(lane: Lane): Promise<void> {
    const { targets, resolver, clock } = this.#options
    try {
      lane.target = await findTarget(lane.of, targets, resolver)
      lane.targetUntil = clock.now() + lookUpAgainMs
    } finally {
      lane.looking = false
    }
    this.#enter(lane)
  }

  #turn(lane: Lane): 'done' | 'again' | 'blocked' {
    const { target } = lane
    if (!lane.hasWork() || !target) return 'done'
    if (lane.targetUntil <= this.#options.clock.now()) {
      this.#lookUp(lane)
      return 'done'
    }
    if (target.kind !== 'hosts') {
      if (lane.active >= unsentAtOnce) return 'done'
      this.#run(lane, () => this.#runner.settleUnsent(lane, target))
      return lane.hasWork() ? 'again' : 'done'
    }
    const slot = this.#slots.reserve(target)
    if (slot === 'full') return 'blocked'
    if (slot === 'resting') {
      this.#resting.add(lane)
      return 'done'
    }
    this.#run(lane, () => this.#runner.send(lane, slot))
    return lane.hasWork() ? 'again' : 'done'
  }

  #run(lane: Lane, job: () => Promise<void>): void {
    const { clock, track, onDue } = this.#options
    lane.active++
    const done = job().finally(() => {
      lane.active--
      this.onWork(lane)
      if (lane.nextDueAt !== null && lane.nextDueAt <= clock.now()) onDue()
    })
    track(done)
  }

  #onFree(provider: string, overAll: boolean): void {
    if (overAll) this.#rounds.unblockAll()
    else this.#rounds.unblock(provider)
    this.give()
  }
}
