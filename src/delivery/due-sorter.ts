import type { LookUps } from '../destinations/look-ups.ts'
import { placeOfRoute, type Place } from '../destinations/pace.ts'
import type { HostsAnswer } from '../destinations/hosts-answer.ts'
import type { HostsResolver } from '../destinations/resolve-hosts.ts'
import type { Placement } from '../store/protocol/commands.ts'
import type { DueWork } from '../words/due.ts'
import type { RecipientKey } from '../words/keys.ts'
import { laneOfHosts, readLaneName } from '../words/lane.ts'
import { parseRoute } from '../words/route.ts'
import type { LaneBook } from './lane-book.ts'
import type { Lane } from './lane.ts'

/** Recipients that are kept here while their destination is looked up; those of others wait in the store. */
const recipientsKept = 50_000

interface Waiting {
  readonly work: DueWork[]
  /** The store has more of this destination. */
  more: boolean
}

/** What becomes of due mail: it is in a lane; or it waits for a look-up, for room, or for the store to move it. */
export type Sorted = Lane | null

/** Mail that no host will be asked about: there is none, or none is known now. */
export interface HostlessWork {
  work: readonly DueWork[]
  answer: HostsAnswer & { kind: 'permanent' | 'temporary' }
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
  readonly #waiting = new Map<string, Waiting>()
  #kept = 0
  #placements = new Map<string, Placement & { recipients: RecipientKey[] }>()
  #hostless: HostlessWork[] = []
  #overflowed = false

  constructor(book: LaneBook, resolver: HostsResolver, lookUps: LookUps) {
    this.#book = book
    this.#resolver = resolver
    this.#lookUps = lookUps
  }

  /** Something due was left in the store for want of room: it is to be looked for when there is some. */
  takeOverflow(): boolean {
    const overflowed = this.#overflowed && this.#hasRoom
    if (overflowed) this.#overflowed = false
    return overflowed
  }

  get #hasRoom(): boolean {
    return this.#lookUps.hasRoom && this.#kept < recipientsKept / 2 && this.#book.hasRoom
  }

  takePlacements(): Placement[] {
    const placements = [...this.#placements.values()]
    this.#placements = new Map()
    return placements
  }

  takeHostless(): HostlessWork[] {
    const hostless = this.#hostless
    this.#hostless = []
    return hostless
  }

  /** `asked`: fetched for the turn of its lane. */
  sort(work: DueWork, asked = false): Sorted {
    const name = readLaneName(work.lane)
    if (name.kind === 'route') return this.#toLane(placeOfRoute(name.route), work, asked)
    const answer = this.#resolver.known(work.destination)
    if (answer) return this.#byAnswer(work, answer, asked)
    this.#wait(work)
    return null
  }

  /** A lane was found that has something due in the store. */
  found(work: DueWork): Sorted {
    const name = readLaneName(work.lane)
    if (name.kind === 'destination') return this.sort(work)
    if (name.kind === 'route' && parseRoute(name.route) === null) return null
    const place =
      name.kind === 'route'
        ? placeOfRoute(name.route)
        : { provider: work.provider ?? work.lane, hostSet: work.lane }
    if (!this.#book.find(work.lane) && !this.#book.hasRoom) {
      this.#overflowed = true
      return null
    }
    const lane = this.#book.lane(work.lane, place, work)
    lane.behind = true
    return lane
  }

  /** A look-up was answered. @returns lanes that have work by it */
  answered(destination: string, answer: HostsAnswer): Lane[] {
    const waiting = this.#waiting.get(destination)
    if (!waiting) return []
    this.#waiting.delete(destination)
    this.#overflowed ||= waiting.more
    for (const { recipients } of waiting.work) this.#kept -= recipients.length
    if (answer.kind !== 'hosts') {
      this.#hostless.push({ work: waiting.work, answer })
      return []
    }
    const lanes = new Set<Lane>()
    for (const work of waiting.work) {
      const lane = this.#byAnswer(work, answer, false)
      if (!lane) continue
      // More of the lane may have been passed over for want of this answer
      lane.behind = true
      lanes.add(lane)
    }
    return [...lanes]
  }

  #byAnswer(work: DueWork, answer: HostsAnswer, asked: boolean): Sorted {
    if (answer.kind !== 'hosts') {
      this.#hostless.push({ work: [work], answer })
      return null
    }
    const { provider, hostSet } = answer.place
    const lane = laneOfHosts(hostSet)
    if (lane !== work.lane) {
      this.#place(work, lane, provider)
      return null
    }
    return this.#toLane({ provider, hostSet: lane }, work, asked)
  }

  #toLane(place: Place, work: DueWork, asked: boolean): Sorted {
    if (!this.#book.find(work.lane) && !this.#book.hasRoom) {
      this.#overflowed = true
      return null
    }
    const lane = this.#book.lane(work.lane, place, work)
    this.#book.put(lane, work, asked)
    return lane
  }

  #place({ destination, lane: before, recipients }: DueWork, lane: string, provider: string): void {
    const known = this.#placements.get(destination)
    const placement = known?.lane === lane ? known : { destination, lane, provider, recipients: [] }
    // What waits for the look-up moves by itself
    if (readLaneName(before).kind !== 'destination') placement.recipients.push(...recipients)
    this.#placements.set(destination, placement)
  }

  #wait(work: DueWork): void {
    const { destination, submitter, recipients } = work
    const waiting = this.#waiting.get(destination) ?? { work: [], more: false }
    if (!this.#lookUps.want(destination, submitter)) {
      this.#overflowed = true
      return
    }
    this.#waiting.set(destination, waiting)
    if (this.#kept + recipients.length > recipientsKept) {
      waiting.more = true
      return
    }
    if (waiting.work.some((known) => isSame(known, work))) return
    waiting.work.push(work)
    this.#kept += recipients.length
  }
}

/** The same mail, found twice. */
const isSame = (a: DueWork, b: DueWork): boolean =>
  a.message === b.message && a.recipients[0] === b.recipients[0]
