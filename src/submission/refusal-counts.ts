import type { Refusal } from '../mail/refusal.ts'
import { refused } from '../metrics/declared.ts'
import { second } from '../time/clock.ts'
import { within } from '../time/within.ts'
import { strangers } from '../words/refusal-reason.ts'
import { submitterName, type Submitter } from '../words/submitter.ts'
import type { CountedRefusals } from '../store/protocol/commands.ts'
import type { CommandPort } from '../store/protocol/client.ts'

/** How long counts are gathered before the store gets them: one command a second, however many are refused. */
const gatherMs = second
/** How long the end of the process waits for the store. */
const closeMs = second
/**
 * Pairs of submitter and reason that are gathered at most. What comes beyond is counted in the metric alone: a `BoundedMap`
 * would lose counts that are on their way.
 */
const mostGathered = 10_000
/** A reply can quote what the client sent. */
const longestText = 200

/**
 * Counts refusals on their way to the store, which keeps them by submitter, reason and hour. Clients that have not logged in
 * are counted under one name, so that no stranger makes anything grow. What was counted since the last command is lost where
 * this process or the store is killed: a commit for each refusal would let a client that is refused slow down those that
 * are not.
 */
export class RefusalCounts {
  readonly #store: CommandPort
  readonly #gatherMs: number
  #gathered = new Map<string, CountedRefusals>()
  #timer: NodeJS.Timeout | null = null
  #sending: Promise<void> | null = null

  constructor(store: CommandPort, options: { gatherMs?: number } = {}) {
    this.#store = store
    this.#gatherMs = options.gatherMs ?? gatherMs
  }

  /** `submitter` null: a client that has not logged in. */
  count(submitter: Submitter | null, { reason, text }: Refusal): void {
    refused[reason].inc()
    const name = submitter ? submitterName(submitter) : strangers
    this.#gather({ submitter: name, reason, count: 1, text: text.slice(0, longestText) })
    this.#sendSoon()
  }

  /** Sends what is left, at an orderly end; a store that does not answer holds up nothing. */
  async close(): Promise<void> {
    const sent = (this.#sending ?? Promise.resolve()).then(() => this.#send())
    await within(closeMs, sent)
    if (this.#timer) clearTimeout(this.#timer)
  }

  #gather(more: CountedRefusals): void {
    const key = `${more.reason} ${more.submitter}`
    const known = this.#gathered.get(key)
    if (known) this.#gathered.set(key, { ...more, count: known.count + more.count })
    else if (this.#gathered.size < mostGathered) this.#gathered.set(key, more)
  }

  #sendSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#sending = this.#send()
    }, this.#gatherMs).unref()
  }

  async #send(): Promise<void> {
    const refusals = [...this.#gathered.values()]
    this.#gathered = new Map()
    // A lost connection: whether they were counted is unknown, and to count twice is worse than to lose a second of it.
    const answer =
      refusals.length === 0
        ? null
        : await this.#store.send({ kind: 'count-refusals', refusals }).catch(() => null)
    this.#timer = null
    if (answer?.kind !== 'unavailable') {
      if (this.#gathered.size > 0) this.#sendSoon()
      return
    }
    const since = this.#gathered
    this.#gathered = new Map(refusals.map((each) => [`${each.reason} ${each.submitter}`, each]))
    for (const each of since.values()) this.#gather(each)
    this.#sendSoon()
  }
}
