import type { Job } from '../queue/lanes.ts'
import type { RecipientKey } from '../words/keys.ts'
import { readLaneName, type LaneName } from '../words/lane.ts'
import type { Millis } from '../time/clock.ts'
import type { Target } from './targets.ts'

const firstPage = 100
const largestPage = 500

/** What delivery has in mind of one lane. The lane itself is in Redis, and behind it all the rest in the store. */
export class Lane {
  readonly name: string
  readonly of: LaneName
  /** Where it goes; null until it was looked up. `targetUntil`: when that is to be done again. */
  target: Target | null = null
  targetUntil: Millis = 0
  looking = false
  /** Jobs in Redis that nobody took. */
  waiting = 0
  /** Jobs that were taken and not begun. */
  readonly inHand: Job[] = []
  /** Jobs that are being tried. */
  active = 0
  /** Recipients in jobs of this lane, wherever they are. */
  readonly recipients = new Set<RecipientKey>()
  /** The store has due recipients that are in no job. */
  behind = false
  /** When the store next has due ones; null: not known to. */
  nextDueAt: Millis | null = null
  /** It stands in line for its turn. */
  inLine = false
  /** When it last got a job. */
  usedAt: Millis = 0
  /** Recipients fetched from the store at a time. It grows as they are used up: a slow lane must not fill the memory. */
  page = firstPage

  constructor(name: string) {
    this.name = name
    this.of = readLaneName(name)
  }

  hasWork(): boolean {
    return this.waiting > 0 || this.inHand.length > 0 || this.behind
  }

  /** Nothing is known of it that would be lost with it. */
  get isIdle(): boolean {
    return !this.hasWork() && this.active === 0 && this.nextDueAt === null && !this.looking
  }

  growPage(): void {
    this.page = Math.min(largestPage, this.page * 2)
  }

  dueAt(at: Millis): void {
    if (this.nextDueAt === null || at < this.nextDueAt) this.nextDueAt = at
  }
}
