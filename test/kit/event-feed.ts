import { eventually } from './facts.ts'
import type { Api } from './api.ts'

export interface SeenEvent {
  cursor: string
  at: string
  event: string
  message: string | null
  recipient: string | null
  data: Record<string, unknown>
}

export type Counts = Record<string, number>

/** Follows `GET /events` from the first event on; keeps what it has read, so that a restart of the API costs nothing. */
export class EventFeed {
  readonly #api: Api
  readonly #seen: SeenEvent[] = []
  #reading: Promise<void> = Promise.resolve()

  constructor(api: Api) {
    this.#api = api
  }

  /** All events up to now, oldest first. */
  async all(): Promise<readonly SeenEvent[]> {
    this.#reading = this.#reading.catch(() => undefined).then(() => this.#catchUp())
    await this.#reading
    return this.#seen
  }

  /** How many events of each kind happened to messages; what happened to the relay itself is left out. */
  async summary(): Promise<Counts> {
    const counts: Counts = {}
    for (const { event, message } of await this.all()) {
      if (message !== null) counts[event] = (counts[event] ?? 0) + 1
    }
    return counts
  }

  /** Waits until each kind has happened at least so often, to messages or to the relay. */
  async until(wanted: Counts, deadlineMs?: number): Promise<void> {
    let last: Counts = {}
    await eventually(
      `events ${JSON.stringify(wanted)}`,
      async () => {
        last = {}
        for (const { event } of await this.all()) last[event] = (last[event] ?? 0) + 1
        return (
          Object.entries(wanted).every(([event, count]) => (last[event] ?? 0) >= count) || undefined
        )
      },
      deadlineMs,
    ).catch((error: unknown) => {
      throw new Error(`got only ${JSON.stringify(last)}`, { cause: error })
    })
  }

  async #catchUp(): Promise<void> {
    for (;;) {
      const last = this.#seen.at(-1)
      const query = new URLSearchParams({ limit: '1000', ...(last && { after: last.cursor }) })
      const { status, body } = await this.#api(`/events?${query.toString()}`)
      if (status === 410) {
        // The store was restored from a copy: another history begins.
        this.#seen.length = 0
        continue
      }
      if (status !== 200) throw new Error(`GET /events: ${status} ${JSON.stringify(body)}`)
      const page = body as { data: SeenEvent[]; next_cursor: string | null }
      this.#seen.push(...page.data)
      if (page.next_cursor === null) return
    }
  }
}
