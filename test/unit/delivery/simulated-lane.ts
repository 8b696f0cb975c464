import { Lane } from '../../../src/delivery/lane.ts'
import type { TurnTaker } from '../../../src/delivery/slot.ts'
import type { Place } from '../../../src/destinations/pace.ts'
import type { MailSource } from '../../../src/words/due.ts'

/** How a simulated host set behaves; all times in milliseconds. */
export interface HostRules {
  /** Until the banner; null: it accepts connections and says nothing. */
  greetsAfterMs: number | null
  /** Where it says nothing: how many addresses are tried one after the other, and for how long each. */
  addresses?: { count: number; timeoutMs: number }
  /** From the banner, or the start on an open connection, to the reply after the dot. */
  takesMs: () => number
  /** It has the whole message soon after the banner, and `takesMs` is the time to its verdict. */
  decides?: true
  /** It takes a part of the message each second. */
  isBusy?: true
  /** Connections fail instead of greeting: at once, or where so it says after some silence. */
  refuses?: () => boolean
  refusesSilentlyAfterMs?: number
}

/** A lane with jobs of one sender or several, and what became of them. */
export class SimulatedLane implements TurnTaker {
  readonly lane: Lane
  readonly rules: HostRules
  /** Whose mail was begun, and when. */
  readonly begun: { sender: number; at: number; reused: boolean }[] = []
  readonly servedAt: number[] = []
  readonly failedWith: string[] = []
  /** Jobs that came back as the host had no room for their connection. */
  givenBack = 0

  constructor(place: Place, rules: HostRules, turnOf = bulk) {
    this.lane = new Lane(place.hostSet, place, turnOf)
    this.rules = rules
  }

  get place(): Place {
    return this.lane.place
  }

  get senders(): readonly MailSource[] {
    return this.lane.senders
  }

  add(jobs: number, of: MailSource = this.lane.foundFor): void {
    this.lane.added(this.lane.lineFor(of), jobs)
  }
}

export const bulk: MailSource = { class: 1, submitter: 1 }

/** A lane with one job, of a provider of its own. */
export function laneWithJob(name: string, rules: HostRules, turnOf = bulk): SimulatedLane {
  const lane = new SimulatedLane({ provider: name, hostSet: name }, rules, turnOf)
  lane.add(1)
  return lane
}
