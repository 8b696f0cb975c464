import type { FreshSet } from '../collections/fresh.ts'
import type { Job } from '../queue/lanes.ts'
import type { MailSource } from '../words/due.ts'
import type { RecipientKey } from '../words/keys.ts'

/** What one submitter has in a lane, in one class: a queue of its own in Redis. */
export interface Line {
  readonly owner: MailSource
  /** Name of its queue in Redis. */
  readonly queue: string
  /** Jobs in Redis that nobody has taken. */
  waiting: number
  /** Jobs that were taken from Redis and not begun. */
  readonly inHand: Job[]
  /** Recipients in jobs of this line, those being tried included. */
  readonly recipients: FreshSet<RecipientKey>
  /** Of these, those that somebody asked a try for since: what comes of their jobs is not the end of it. */
  again: FreshSet<RecipientKey> | null
  /** Its jobs that were taken to be tried, and have not ended in Redis. */
  active: number
  /** Turns that were granted for it and have not come to a job yet. */
  promised: number
  /** It stands in the order of turns. */
  inOrder: boolean
  /** Its queue is in Redis. */
  hasQueue: boolean
}

/** Lines of a lane that are named as having a turn to come, where it has many. */
const linesNamed = 64

/** Lines with jobs, by class, in the order of their turns. */
export class LineTurns {
  readonly #orders: readonly [Line[], Line[]] = [[], []]

  get length(): number {
    const [transactional, bulk] = this.#orders
    return transactional.length + bulk.length
  }

  /** Whose lines have a job that no turn was granted for; of the first ones, where they are many. */
  get owners(): MailSource[] {
    const owners: MailSource[] = []
    for (const order of this.#orders) {
      for (const line of order) {
        if (owners.length === linesNamed) return owners
        if (isFree(line)) owners.push(line.owner)
      }
    }
    return owners
  }

  /** Puts it at the end of its order, or leaves it where it stands; out of it where it has no jobs. */
  put(line: Line): void {
    if (line.inOrder === jobsOf(line) > 0) return
    const order = this.#orders[line.owner.class]
    if (line.inOrder) order.splice(order.indexOf(line), 1)
    else order.push(line)
    line.inOrder = !line.inOrder
  }

  /**
   * Takes out the line that a turn for the mail of a sender goes to. Of the class that is first, the sender's own; where there
   * is none, the first that may have the turn, if `passOn` says so. null: nobody's.
   */
  take({ submitter }: MailSource, passOn: (to: MailSource) => boolean): Line | null {
    for (const order of this.#orders) {
      const own = order.find(({ owner }) => owner.submitter === submitter)
      const line = own && passOn(own.owner) ? own : order.find(({ owner }) => passOn(owner))
      if (!line) continue
      order.splice(order.indexOf(line), 1)
      line.inOrder = false
      return line
    }
    return null
  }

  clear(): void {
    for (const order of this.#orders) {
      for (const line of order) line.inOrder = false
      order.length = 0
    }
  }
}

/** Jobs of a line that nobody has begun. */
export const jobsOf = ({ waiting, inHand }: Line): number => waiting + inHand.length

/** Whether it has a job that no turn was granted for. */
export const isFree = (line: Line): boolean => jobsOf(line) > line.promised
