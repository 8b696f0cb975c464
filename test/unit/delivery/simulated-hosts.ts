import type { SmtpConnection } from '../../../src/delivery/client/smtp-connection.ts'
import type { Slot } from '../../../src/delivery/slot.ts'
import { Slots } from '../../../src/delivery/slots.ts'
import type { PaceLimits } from '../../../src/destinations/pace.ts'
import type { MailSource } from '../../../src/words/due.ts'
import { bulk, SimulatedLane, type HostRules } from './simulated-lane.ts'

type Action = () => void

/** Slots with a clock of its own and hosts without a network: everything happens in the order of its moment. */
export class SimulatedHosts {
  now = 0
  readonly slots: Slots<SimulatedLane>
  /** Connections that exist, and the most that ever did. */
  open = 0
  mostOpen = 0
  silent = 0
  mostSilent = 0
  opened = 0
  readonly #later: { at: number; order: number; act: Action }[] = []
  #order = 0

  constructor(limits: Partial<PaceLimits> = {}, messagesPerConnection = 50) {
    this.slots = new Slots({
      limits: { ...defaults, ...limits },
      messagesPerConnection,
      clock: { now: () => 1_000_000 + this.now },
      elapsedMs: () => this.now,
      onTurn: () => this.after(0, () => this.give()),
    })
    this.#tick()
  }

  lane(
    name: string,
    rules: HostRules,
    jobs: number,
    { provider = name, turnOf = bulk } = {},
  ): SimulatedLane {
    const lane = new SimulatedLane({ provider, hostSet: name }, rules, turnOf)
    this.add(lane, jobs)
    return lane
  }

  add(lane: SimulatedLane, jobs: number, of?: MailSource): void {
    lane.add(jobs, of)
    this.enter(lane)
    this.give()
  }

  /** As the dispatcher does where a lane has work. */
  enter(lane: SimulatedLane): void {
    if (lane.lane.wantsTurn) this.slots.enter(lane)
  }

  after(ms: number, act: Action): void {
    const entry = { at: this.now + ms, order: this.#order++, act }
    const heap = this.#later
    let at = heap.push(entry) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      const above = heap[parent]
      if (!above || !isBefore(entry, above)) break
      heap[at] = above
      at = parent
    }
    heap[at] = entry
  }

  runUntil(end: number): void {
    for (let next = this.#later[0]; next && next.at <= end; next = this.#later[0]) {
      this.#removeFirst()
      this.now = next.at
      next.act()
    }
    this.now = end
  }

  give(): void {
    for (let turn = this.slots.next(); turn; turn = this.slots.next()) {
      const { lane, slot } = turn
      const promised = lane.lane.promiseTurn(slot.source)
      if (lane.lane.isToBeFilledFor(slot.source)) this.fill(lane)
      const next = lane.lane.next(slot.source, (to) => this.slots.passOn(slot, to))
      lane.lane.turnCame(promised)
      if (!lane.lane.wantsTurn) this.slots.leave(lane)
      if (next) this.#begin(lane, slot, next.line.owner)
      else this.#end(lane, slot, null)
    }
  }

  /** Has jobs made of what the store has for a lane; a test that has a store says what that is. */
  fill: (lane: SimulatedLane) => void = ({ lane }) => void lane.catchUp()

  #begin(lane: SimulatedLane, slot: Slot, of: MailSource): void {
    const reused = slot.connection !== null
    lane.begun.push({ sender: of.submitter, at: this.now, reused })
    this.#job(lane, slot)
  }

  #tick(): void {
    this.after(1000, () => {
      this.slots.tick()
      this.give()
      this.#tick()
    })
  }

  #job(lane: SimulatedLane, slot: Slot): void {
    const { greetsAfterMs, refuses } = lane.rules
    if (slot.connection) {
      this.#reuse(lane, slot, slot.connection)
      return
    }
    this.opened++
    this.mostOpen = Math.max(this.mostOpen, ++this.open)
    this.mostSilent = Math.max(this.mostSilent, ++this.silent)
    const talk = { isOver: false, isSilent: true }
    const fail = (cause: string, wasRefused = false): void => {
      if (talk.isOver) return
      talk.isOver = true
      this.open--
      if (talk.isSilent) this.silent--
      if (this.slots.foundLimit(slot, wasRefused)) {
        lane.givenBack++
        lane.add(1, slot.source)
      } else {
        this.slots.connectionFailed(slot, cause)
        lane.failedWith.push(cause)
      }
      this.#end(lane, slot, null)
    }
    const visit = (): void => slot.awaitsGreeting((cause) => this.after(0, () => fail(cause)))
    visit()
    if (greetsAfterMs === null) {
      const { count, timeoutMs } = lane.rules.addresses ?? { count: 1, timeoutMs: 300_000 }
      for (let n = 1; n < count; n++) this.after(n * timeoutMs, () => !talk.isOver && visit())
      this.after(count * timeoutMs, () => fail('timed out waiting for the host'))
      return
    }
    this.after(greetsAfterMs, () => {
      if (talk.isOver) return
      if (refuses?.() === true) {
        const { refusesSilentlyAfterMs } = lane.rules
        if (refusesSilentlyAfterMs === undefined) fail('connection refused', true)
        else this.after(refusesSilentlyAfterMs, () => fail('connection timed out'))
        return
      }
      talk.isSilent = false
      this.silent--
      slot.heard()
      slot.greeted()
      this.#transaction(lane, slot, this.#connection(lane), talk)
    })
  }

  #reuse(lane: SimulatedLane, slot: Slot, connection: SmtpConnection): void {
    const talk = { isOver: false }
    slot.cutBy((cause) =>
      this.after(0, () => {
        talk.isOver = true
        this.open--
        this.slots.connectionFailed(slot, cause)
        lane.failedWith.push(cause)
        this.#end(lane, slot, null)
      }),
    )
    this.#transaction(lane, slot, connection, talk)
  }

  #transaction(
    lane: SimulatedLane,
    slot: Slot,
    connection: SmtpConnection,
    talk: { isOver: boolean },
  ): void {
    connection.messages++
    if (lane.rules.decides) slot.hasMessage()
    if (lane.rules.isBusy) this.#keepBusy(slot, talk)
    this.after(lane.rules.takesMs(), () => {
      if (talk.isOver) return
      talk.isOver = true
      lane.servedAt.push(this.now)
      if (!slot.connection) this.slots.connectionWorked(slot)
      this.slots.messageAccepted(slot)
      this.#end(lane, slot, connection)
    })
  }

  #keepBusy(slot: Slot, talk: { isOver: boolean }): void {
    this.after(1000, () => {
      if (talk.isOver) return
      slot.heard()
      this.#keepBusy(slot, talk)
    })
  }

  #end(lane: SimulatedLane, slot: Slot, connection: SmtpConnection | null): void {
    this.slots.release(slot, connection)
    this.enter(lane)
    this.give()
  }

  /** What Slots uses of a connection. */
  #connection({ place }: SimulatedLane): SmtpConnection {
    const connection = {
      remote: { host: place.hostSet, address: place.hostSet },
      closed: false,
      messages: 0,
      onLost: null,
      quit: (onGone?: () => void) => {
        connection.closed = true
        this.after(1, () => {
          this.open--
          onGone?.()
        })
      },
    }
    return connection as unknown as SmtpConnection
  }

  #removeFirst(): void {
    const heap = this.#later
    const last = heap.pop()
    if (!last || heap.length === 0) return
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      const left = heap[child]
      const right = heap[child + 1]
      if (right && left && isBefore(right, left)) child++
      const below = heap[child]
      if (!below || !isBefore(below, last)) break
      heap[at] = below
      at = child
    }
    heap[at] = last
  }
}

const isBefore = (a: { at: number; order: number }, b: { at: number; order: number }): boolean =>
  a.at < b.at || (a.at === b.at && a.order < b.order)

/** As a relay has them that was not told otherwise. */
const defaults: PaceLimits = {
  connections: 500,
  connectionsPerHost: 5,
  connectionsSmarthost: 20,
  restAfterFailures: 10,
  restMs: 300_000,
}

/** Most served by least served, in the worst window of 10 s within the given span. */
export function worstRatio(lanes: readonly SimulatedLane[], from: number, until: number): number {
  let worst = 1
  for (let start = from; start + 10_000 <= until; start += 500) {
    const counts = lanes.map(
      ({ servedAt }) => servedAt.filter((at) => at >= start && at < start + 10_000).length,
    )
    worst = Math.max(worst, Math.max(...counts) / Math.min(...counts))
  }
  return worst
}
