/**
 * What a finished job costs the scheduler while ever more providers wait for a connection: the real `Slots` at the default
 * limits, all 500 connections in use, jobs of 100 ms, connections that open and close at once. Run by hand:
 *
 *     node src/bin/sluice.js exec node test/bench/cost-of-a-turn.ts
 */
import type { SmtpConnection } from '../../src/delivery/client/smtp-connection.ts'
import type { Slot } from '../../src/delivery/slot.ts'
import { Slots } from '../../src/delivery/slots.ts'
import { systemClock } from '../../src/time/clock.ts'
import { median } from './statistics.ts'

/** CPU time of a finished job in nanoseconds while so many providers wait. */
export interface TurnCost {
  providers: number
  ns: number
}

const limits = {
  connections: 500,
  connectionsPerHost: 5,
  connectionsSmarthost: 20,
  restAfterFailures: 10,
  restMs: 300_000,
}
/** Whose mail waits. */
const senders = 10
const rounds = 15
const warmUpRounds = 3
const jobsPerRound = 20_000
/** How far the clock goes on with each job; with 500 connections under way a job takes 100 ms. */
const msPerJob = 0.2

interface Lane {
  place: { provider: string; hostSet: string }
  senders: readonly { class: 1; submitter: number }[]
}

/** A relay in the middle of its work: a queue of jobs under way, the one that began first ends next. */
class BusySlots {
  #now = 0
  #ended = 0
  readonly #slots: Slots<Lane>
  readonly #underWay: { slot: Slot; connection: SmtpConnection }[] = []

  constructor(providers: number) {
    this.#slots = new Slots<Lane>({
      limits,
      messagesPerConnection: 50,
      clock: systemClock,
      onTurn: () => undefined,
      elapsedMs: () => this.#now,
    })
    for (let number = 0; number < providers; number++) {
      const name = `host${number}.example`
      const lane: Lane = {
        place: { provider: name, hostSet: name },
        senders: [{ class: 1, submitter: number % senders }],
      }
      this.#slots.enter(lane)
    }
    this.#give()
  }

  finish(jobs: number): void {
    for (let job = 0; job < jobs; job++) {
      this.#now += msPerJob
      const ended = this.#underWay[this.#ended]
      if (!ended) throw new Error('no job is under way')
      this.#ended++
      this.#slots.messageAccepted(ended.slot)
      this.#slots.release(ended.slot, ended.connection)
      this.#give()
    }
    this.#underWay.splice(0, this.#ended)
    this.#ended = 0
  }

  #give(): void {
    for (let turn = this.#slots.next(); turn; turn = this.#slots.next()) {
      const { slot } = turn
      const connection = slot.connection ?? this.#connect(slot)
      connection.messages++
      this.#underWay.push({ slot, connection })
    }
  }

  #connect(slot: Slot): SmtpConnection {
    slot.awaitsGreeting(() => undefined)
    slot.greeted()
    this.#slots.connectionWorked(slot)
    const connection = {
      closed: false,
      messages: 0,
      onLost: null,
      quit: (onGone: () => void) => {
        connection.closed = true
        onGone()
      },
    }
    return connection as unknown as SmtpConnection
  }
}

/** CPU time of this thread, which the load of other processes doesn't change. */
function cpuMicroseconds(): number {
  const { user, system } = process.threadCpuUsage()
  return user + system
}

/** All sizes in turn, round by round, so that a change of the machine's pace meets each of them. */
export function measureTurns(counts: readonly number[]): TurnCost[] {
  const busy = counts.map((waiting) => new BusySlots(limits.connections + waiting))
  const found = busy.map((): number[] => [])
  for (let round = -warmUpRounds; round < rounds; round++) {
    for (const [at, slots] of busy.entries()) {
      const start = cpuMicroseconds()
      slots.finish(jobsPerRound)
      const ns = ((cpuMicroseconds() - start) * 1000) / jobsPerRound
      if (round >= 0) found[at]?.push(ns)
    }
  }
  return counts.map((providers, at) => ({ providers, ns: median(found[at] ?? []) }))
}

if (import.meta.main) {
  const costs = measureTurns([100, 2000, 10_000, 40_000])
  for (const { providers, ns } of costs) {
    const factor = ns / (costs[0]?.ns ?? NaN)
    console.log(
      `${providers} providers wait: ${Math.round(ns)} ns a finished job, × ${factor.toFixed(2)}`,
    )
  }
}
