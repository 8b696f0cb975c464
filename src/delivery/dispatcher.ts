import { LookUps } from '../destinations/look-ups.ts'
import type { HostsAnswer } from '../destinations/hosts-answer.ts'
import { hostSetOfLane } from '../destinations/pace.ts'
import type { HostsResolver } from '../destinations/resolve-hosts.ts'
import type { DuePush, Placement } from '../store/protocol/commands.ts'
import type { Clock } from '../time/clock.ts'
import type { DueWork } from '../words/due.ts'
import { readLaneName } from '../words/lane-name.ts'
import type { Outcome } from '../words/outcome.ts'
import type { Away } from './away.ts'
import { DueFinder, toFound, toWork } from './due-finder.ts'
import { DueSorter } from './due-sorter.ts'
import { HostlessLine, type HostlessTools } from './hostless-line.ts'
import type { LaneBook, TakenJob } from './lane-book.ts'
import type { Lane } from './lane.ts'
import type { Line } from './line-turns.ts'
import { LaneFiller } from './lane-filler.ts'
import { PlacementLine } from './placement-line.ts'
import type { Slot } from './slot.ts'
import type { Tasks } from './tasks.ts'
import { tryJob, type JobTools } from './try-job.ts'

export interface DispatcherTools extends JobTools, HostlessTools {
  clock: Clock
  resolver: HostsResolver
  book: LaneBook
  tasks: Tasks
}

/** Destinations that wait to be looked up; the others wait in the store. */
const lookUpsWaiting = 130_000
/** Recipients whose conversation is over and whose outcome is not on disk: beyond it no turn begins. */
const mostUnrecorded = 1000

/** From due to tried: what is due is sorted into lanes, lanes are given turns, a turn is a job. */
export class Dispatcher {
  readonly #tools: DispatcherTools
  readonly #finder: DueFinder
  readonly #lookUps: LookUps
  readonly #sorter: DueSorter
  readonly #filler: LaneFiller
  readonly #hostless: HostlessLine
  readonly #placements: PlacementLine
  #open = false
  #giving = false
  #finding = false
  #sorting = false
  #unrecorded = 0

  constructor(tools: DispatcherTools) {
    const { reader, clock, resolver, book, slots } = tools
    this.#tools = tools
    this.#finder = new DueFinder(reader, clock)
    this.#lookUps = new LookUps({
      resolver,
      capacity: lookUpsWaiting,
      onAnswer: (destination, answer) => this.#onAnswer(destination, answer),
    })
    this.#sorter = new DueSorter({
      book,
      resolver,
      lookUps: this.#lookUps,
      rests: (hostSet) => slots.restOf(hostSet) !== null,
    })
    const isOpen = () => this.#open
    this.#filler = new LaneFiller({ reader, clock, book, sorter: this.#sorter, isOpen })
    this.#hostless = new HostlessLine(
      tools,
      (away) => this.#cameBack(away),
      (outcomes) => {
        if (this.#somePassed(outcomes)) this.#finder.want()
      },
    )
    this.#placements = new PlacementLine(tools.store, isOpen)
  }

  /** Both ends of a job are there: the store and Redis. Everything due is looked for afresh. */
  start(): void {
    this.#open = true
    this.#finder.wantAtOnce()
    this.wake()
    this.give()
  }

  pause(): void {
    this.#open = false
  }

  close(): void {
    this.#open = false
    this.#lookUps.close()
    this.#hostless.close()
  }

  /** All lanes are to be looked at, soon. */
  lookAround(): void {
    this.#finder.want()
  }

  onDue({ work, more }: DuePush): void {
    for (const each of work) {
      if (each.why === 'retried') {
        // Who asks for a try gets one, also of hosts that are left alone
        this.#tools.slots.endRest(hostSetOfLane(each.lane))
        this.#tools.book.askedAgain(each)
      }
      this.#sort(each)
    }
    if (more) this.#finder.want()
  }

  /** Looks for what has become due; to be called several times a second. */
  wake(): void {
    if (!this.#open || this.#finding) return
    // What was in flight until now is in no job
    if (this.#tools.flight.takeGivenBack()) this.#finder.want()
    this.#finding = true
    this.#tools.tasks.run(this.#find().finally(() => (this.#finding = false)))
  }

  /** To be called every second or so. */
  tick(): void {
    const { slots, book } = this.#tools
    slots.tick()
    book.tick()
    const hasRoom = this.#hostless.takeRoom()
    const left = this.#sorter.takeOverflow()
    if (left === 'all' || hasRoom) this.#finder.want()
    else if (left === 'lanes') this.#finder.wantLeft()
    this.give()
  }

  async #find(): Promise<void> {
    if (this.#finder.isWanted) {
      const leftBefore = this.#sorter.timesLeft
      this.#sorter.left.lookBegins()
      for await (const page of this.#finder.lanes()) {
        if (!this.#open) return
        const { placesTaken, timesLeft } = this.#sorter
        for (const { work, isAll } of toFound(page)) {
          const isKnown = this.#finder.looksForLeft && this.#tools.book.find(work.lane)
          if (!isKnown) this.#enter(this.#sorter.found(work, isAll))
        }
        const isFirstLeft = timesLeft === leftBefore && this.#sorter.timesLeft > timesLeft
        const hadRoom = this.#sorter.placesTaken > placesTaken
        if (this.#finder.looksForLeft ? hadRoom : isFirstLeft) this.#finder.cameThisFar()
        this.#afterSorting()
        if (this.#finder.looksForLeft && this.#sorter.left.isFullAgain) break
      }
      this.#sorter.left.lookEnded()
    }
    for await (const due of this.#finder.ripened()) {
      if (!this.#open) return
      for (const work of toWork(due)) this.#sort(work)
    }
  }

  #sort(work: DueWork): void {
    this.#enter(this.#sorter.sort(work))
    this.#afterSorting()
  }

  #onAnswer(destination: string, answer: HostsAnswer): void {
    for (const lane of this.#sorter.answered(destination, answer)) this.#enter(lane)
    this.#afterSorting()
  }

  #enter(lane: Lane | null): void {
    if (!lane?.wantsTurn) return
    this.#tools.slots.enter(lane)
    this.give()
  }

  /** Hands on what the sorter set aside, once for all of this turn of the event loop. */
  #afterSorting(): void {
    if (this.#sorting) return
    this.#sorting = true
    setImmediate(() => {
      this.#sorting = false
      // All of it is found again by the look that a start begins with
      if (!this.#open) {
        this.#sorter.drop()
        return
      }
      const { tasks } = this.#tools
      const placements = this.#sorter.takePlacements()
      const from = this.#sorter.takePlacedFrom()
      const hostless = this.#sorter.takeHostless()
      if (placements.length > 0) tasks.run(this.#place(placements, from))
      for (const each of hostless) this.#hostless.add(each)
      if (hostless.length > 0) tasks.run(this.#hostless.run())
    })
  }

  async #place(placements: readonly Placement[], from: ReadonlyMap<Away, number>): Promise<void> {
    let placed = false
    try {
      placed = await this.#placements.place(placements)
    } finally {
      for (const [away, recipients] of from) {
        away.cameBack(recipients, placed)
        this.#cameBack(away)
      }
    }
  }

  /** Some that were fetched from a lane and went elsewhere are there. */
  #cameBack(away: Away): void {
    if (!away.isOver) return
    const more = away.takeMore()
    const { book, tasks } = this.#tools
    const lane = book.find(away.name)
    if (lane?.away === away) {
      if (more) lane.isBehind(null)
      this.#enter(lane)
      book.forgetIfIdle(lane)
    } else if (more && readLaneName(away.name).kind === 'destination') {
      tasks.run(this.#filler.fetchWaiting(away).then(() => this.#afterSorting()))
    }
  }

  /** Gives turns, once for all that asked for it in this turn of the event loop. */
  give(): void {
    if (this.#giving) return
    this.#giving = true
    setImmediate(() => {
      this.#giving = false
      while (this.#open && this.#unrecorded < mostUnrecorded) {
        const turn = this.#tools.slots.next()
        if (!turn) return
        const { lane, slot } = turn
        const promised = lane.promiseTurn(slot.source)
        if (!lane.wantsTurn) this.#tools.slots.leave(lane)
        this.#tools.tasks.run(this.#turn(lane, slot, promised))
      }
    })
  }

  async #turn(lane: Lane, slot: Slot, promised: Line | null): Promise<void> {
    const { book, slots } = this.#tools
    let taken: TakenJob | null = null
    try {
      if (lane.isToBeFilledFor(slot.source)) await this.#fill(lane)
      taken = await book.next(lane, slot.source, (to) => slots.passOn(slot, to))
    } finally {
      lane.turnCame(promised)
      if (!taken) slots.release(slot, slot.connection)
    }
    // It may have left the order for this turn, and has jobs now
    this.#enter(lane)
    if (taken) await this.#work(taken, slot)
    this.#enter(lane)
    if (!lane.wantsTurn) slots.leave(lane)
    book.forgetIfIdle(lane)
    this.give()
  }

  async #work(taken: TakenJob, slot: Slot): Promise<void> {
    const { lane, job } = taken
    const { book, slots } = this.#tools
    const onFree = (): void => {
      this.#unrecorded += job.recipients.length
      this.give()
    }
    lane.active++
    try {
      const tried = tryJob(taken, slot, this.#tools, onFree)
      const { outcomes, again } = await tried.finally(
        () => (this.#unrecorded -= job.recipients.length),
      )
      // What is due again at once, or became so while it was recorded, is found by no later look
      if (again || this.#somePassed(outcomes)) lane.isBehind(taken.line.owner)
    } finally {
      lane.active--
      await book.finish(taken)
      if (slots.restOf(lane.place.hostSet)) book.rest(lane)
    }
  }

  #somePassed(outcomes: readonly Outcome[]): boolean {
    return outcomes.some((one) => one.kind === 'deferred' && this.#finder.passed(one.dueAt))
  }

  async #fill(lane: Lane): Promise<void> {
    try {
      await this.#filler.fill(lane)
    } catch (error) {
      if (!this.#open) return
      // Its mail is found again by the next look
      this.#finder.want()
      this.#tools.log.error({ err: error, lane: lane.name }, 'a fault while a lane was filled')
    }
    this.#afterSorting()
  }
}
