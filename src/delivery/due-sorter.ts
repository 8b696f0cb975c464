import { FreshMap } from '../collections/fresh.ts'
import type { LookUps } from '../destinations/look-ups.ts'
import { placeOfRoute, type Place } from '../destinations/pace.ts'
import type { HostsAnswer } from '../destinations/hosts-answer.ts'
import type { HostsResolver } from '../destinations/resolve-hosts.ts'
import type { Placement } from '../store/protocol/commands.ts'
import type { DueWork } from '../words/due.ts'
import type { RecipientKey } from '../words/keys.ts'
import { laneOfHosts, readLaneName } from '../words/lane-name.ts'
import { parseRoute } from '../words/route.ts'
import { Away } from './away.ts'
import type { LaneBook } from './lane-book.ts'
import type { Lane } from './lane.ts'
import { LeftLanes } from './left-lanes.ts'

/** Recipients that are kept here while their destination is looked up; those of others wait in the store. */
const recipientsKept = 50_000

/** Due mail; `from`: what counts those that were fetched with it; null where it was not fetched. */
interface Errand {
  readonly work: DueWork
  from: Away | null
}

/** There may be a hundred thousand, most with one errand: an array that grew has room for seventeen. */
interface Waiting {
  errands: Errand[]
  /** The store has more of this destination: one piece of work for each lane in which it lies, without recipients. */
  more: Map<string, DueWork> | null
}

/** What becomes of due mail: it is in a lane; or it waits for a look-up, for room, or for the store to move it. */
export type Sorted = Lane | null

/** Mail that no host will be asked about: there is none, or none is known now. */
export interface HostlessWork extends Readonly<Errand> {
  answer: HostsAnswer & { kind: 'permanent' | 'temporary' }
}

export interface SorterTools {
  book: LaneBook
  resolver: HostsResolver
  lookUps: LookUps
  /** Whether a host set is left alone for a while: its mail waits in the store. */
  rests: (hostSet: string) => boolean
}

/**
 * Sorts due mail by what is known of its destination. Mail of a smarthost has its lane. Other mail goes by its look-up:
 * one that was made lately or is made now, in its turn. Its hosts name the lane; where the store has another one, the store
 * moves the mail (`takePlacements`) and pushes it again. Without hosts it is settled without a try (`takeHostless`).
 */
export class DueSorter {
  readonly #book: LaneBook
  readonly #resolver: HostsResolver
  readonly #lookUps: LookUps
  readonly #rests: SorterTools['rests']
  readonly #waiting = new FreshMap<string, Waiting>()
  #kept = 0
  #placements = new Map<string, Placement & { recipients: RecipientKey[] }>()
  #placedFrom = new Map<Away, number>()
  #hostless: HostlessWork[] = []
  #overflowed = false
  #timesLeft = 0
  /** What found no room for its lane. */
  readonly left = new LeftLanes()

  constructor({ book, resolver, lookUps, rests }: SorterTools) {
    this.#book = book
    this.#resolver = resolver
    this.#lookUps = lookUps
    this.#rests = rests
  }

  /** Something due was left in the store for want of room, and there is some now. `lanes`: only for lanes. */
  takeOverflow(): 'all' | 'lanes' | null {
    if (this.#overflowed && this.#lookUps.hasRoom && this.#kept < recipientsKept / 2) {
      this.#overflowed = false
      this.left.seekForAll()
      return 'all'
    }
    return this.left.seekFor((of) => this.#book.hasRoomFor(of)) ? 'lanes' : null
  }

  /** How often something was left in the store as there was no room for it. */
  get timesLeft(): number {
    return this.#timesLeft
  }

  /** Lanes and destinations that have a place here; it grows with what is found and had none. */
  get placesTaken(): number {
    return this.#book.size + this.#lookUps.waiting
  }

  takePlacements(): Placement[] {
    const placements = [...this.#placements.values()]
    this.#placements = new Map()
    return placements
  }

  /** What counts the recipients of these placements, and how many there are of each. */
  takePlacedFrom(): Map<Away, number> {
    const from = this.#placedFrom
    this.#placedFrom = new Map()
    return from
  }

  takeHostless(): HostlessWork[] {
    const hostless = this.#hostless
    this.#hostless = []
    return hostless
  }

  /** Nobody takes what is set aside. */
  drop(): void {
    this.takePlacements()
    for (const [away, recipients] of this.takePlacedFrom()) away.cameBack(recipients, false)
    for (const { from, work } of this.takeHostless()) {
      from?.cameBack(work.recipients.length, false)
    }
  }

  /** `from`: what counts those that were fetched with it from its lane. */
  sort(work: DueWork, from: Away | null = null): Sorted {
    const name = readLaneName(work.lane)
    if (name.kind === 'route') return this.#toLane(placeOfRoute(name.route), work, from !== null)
    const answer = this.#resolver.known(work.destination)
    if (!answer) {
      this.#wait(work, from)
      return null
    }
    const place = this.#placeHere(work, answer)
    if (place) return this.#toLane(place, work, from !== null)
    from?.sent(work.recipients.length)
    this.#sendAway({ work, from }, answer)
    return null
  }

  /** A lane was found that has something due in the store; `isAll`: nothing else of it is open there. */
  found(work: DueWork, isAll: boolean): Sorted {
    const name = readLaneName(work.lane)
    if (name.kind === 'destination') {
      const away = new Away(work.lane)
      away.moreBehind = true
      return this.sort(work, away)
    }
    if (name.kind === 'route' && parseRoute(name.route) === null) return null
    const place =
      name.kind === 'route'
        ? placeOfRoute(name.route)
        : { provider: work.provider ?? work.lane, hostSet: work.lane }
    const lane = this.#laneOf(place, work)
    if (isAll) lane?.keep(work)
    else lane?.isBehind(work)
    return lane
  }

  /** A look-up was answered. @returns lanes that have work by it */
  answered(destination: string, answer: HostsAnswer): Lane[] {
    const waiting = this.#waiting.get(destination)
    if (!waiting) return []
    this.#waiting.delete(destination)
    const lanes = new Set<Lane>()
    if (answer.kind !== 'hosts') this.#overflowed ||= waiting.more !== null
    else {
      for (const work of waiting.more?.values() ?? []) {
        // What waits for the look-up is found and moved by the store, whatever room there is here
        const waits = readLaneName(work.lane).kind === 'destination'
        const lane = waits ? null : this.found(work, false)
        if (waits) this.#sendAway({ work, from: null }, answer)
        if (lane) lanes.add(lane)
      }
    }
    for (const errand of waiting.errands) {
      const { work, from } = errand
      this.#kept -= work.recipients.length
      const place = this.#placeHere(work, answer)
      if (!place) {
        this.#sendAway(errand, answer)
        continue
      }
      from?.cameBack(work.recipients.length, true)
      const lane = this.#toLane(place, work, false)
      if (!lane) continue
      // More of the lane may have been passed over for want of this answer
      lane.isBehind(work)
      lanes.add(lane)
    }
    return [...lanes]
  }

  /** The place of the hosts where the work is in their lane already. */
  #placeHere({ lane }: DueWork, answer: HostsAnswer): Place | null {
    if (answer.kind !== 'hosts' || laneOfHosts(answer.place.hostSet) !== lane) return null
    return { provider: answer.place.provider, hostSet: lane }
  }

  /** To the lane of its hosts, through the store, or out where it has none. */
  #sendAway({ work, from }: Errand, answer: HostsAnswer): void {
    if (answer.kind !== 'hosts') {
      this.#hostless.push({ work, from, answer })
      return
    }
    const { provider, hostSet } = answer.place
    this.#place(work, laneOfHosts(hostSet), provider)
    // Where it waited for the look-up, all that did so moves
    if (!from || readLaneName(work.lane).kind === 'destination') return
    this.#placedFrom.set(from, (this.#placedFrom.get(from) ?? 0) + work.recipients.length)
  }

  #toLane(place: Place, work: DueWork, asked: boolean): Sorted {
    // The store may have more of it that was left
    const mayBeBehind = this.left.mayHave(work.lane) && !this.#book.find(work.lane)
    const lane = this.#laneOf(place, work)
    if (!lane) return null
    if (mayBeBehind) lane.isBehind(null)
    // Jobs that nobody can begin would take the room of others
    if (!asked && this.#rests(place.hostSet)) lane.isBehind(work)
    else this.#book.put(lane, work, asked)
    return lane
  }

  /** The lane in which work lies; null where there is no room for another. */
  #laneOf(place: Place, work: DueWork): Lane | null {
    if (this.#book.find(work.lane) || this.#book.hasRoomFor(work)) {
      return this.#book.lane(work.lane, place, work)
    }
    this.left.refuse(work)
    this.#timesLeft++
    return null
  }

  #place({ destination, lane: before, recipients }: DueWork, lane: string, provider: string): void {
    const known = this.#placements.get(destination)
    const placement = { destination, lane, provider, recipients: known?.recipients ?? [] }
    // What waits for the look-up moves by itself
    if (readLaneName(before).kind !== 'destination') placement.recipients.push(...recipients)
    this.#placements.set(destination, placement)
  }

  #wait(work: DueWork, from: Away | null): void {
    const { destination, submitter, recipients } = work
    const waiting: Waiting = this.#waiting.get(destination) ?? { errands: [], more: null }
    if (!this.#lookUps.want(destination, submitter)) {
      this.#overflowed = true
      this.#timesLeft++
      return
    }
    this.#waiting.set(destination, waiting)
    if (this.#kept + recipients.length > recipientsKept) {
      waiting.more ??= new Map()
      waiting.more.set(work.lane, { ...work, recipients: [] })
      return
    }
    const known = waiting.errands.find((errand) => isSame(errand.work, work))
    if (known?.from) return
    from?.sent((known?.work ?? work).recipients.length)
    if (known) known.from = from
    else {
      if (waiting.errands.length === 0) waiting.errands = [{ work, from }]
      else waiting.errands.push({ work, from })
      this.#kept += recipients.length
    }
  }
}

/** The same mail, found twice. */
const isSame = (a: DueWork, b: DueWork): boolean =>
  a.message === b.message && a.recipients[0] === b.recipients[0]
