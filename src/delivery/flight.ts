import { FreshSet } from '../collections/fresh.ts'
import { isDiskFull } from '../store/protocol/answers.ts'
import type { CommandPort } from '../store/protocol/client.ts'
import type { FollowCommand, SessionNumber } from '../store/protocol/commands.ts'
import { minute, monotonicMs, second, type Millis } from '../time/clock.ts'
import type { RecipientKey } from '../words/keys.ts'
import type { DeliveryLog } from './delivery-log.ts'

interface Asked {
  recipients: readonly RecipientKey[]
  resolve: (started: RecipientKey[]) => void
}

/** Until the store has given one. */
const noSession = 0

/** Who was refused is kept waiting: its lane would ask for the same again at once, and without end. */
const refusedForMs = second
/** All lanes are looked at each minute, so that a store that still refuses has said so by then. */
const refusesForMs = 2 * minute

/** What a session is opened with. */
export type Sender = Pick<FollowCommand, 'lock' | 'schedule'>

type Store = Pick<CommandPort, 'send'> & { flush(): void; whenConnected(): Promise<void> }

/**
 * The recipients that are being tried or recorded now, under the number of this process's session. It begins and ends
 * their flight in the store, and never begins one twice, whatever Redis says.
 */
export class Flight {
  readonly #store: Store
  readonly #log: DeliveryLog
  readonly #sender: Sender
  #session: SessionNumber = noSession
  readonly #recipients = new FreshSet<RecipientKey>()
  /** Those of them that the last greeting named: the store has them in flight, whatever it has recorded since. */
  #named = new Set<RecipientKey>()
  /** What is asked within one turn of the event loop goes to the store as one command. */
  #asked: Asked[] = []
  #gaveBackLate = false
  /** When the store refused last to begin anything; null: it has begun something since. */
  #refusedMs: Millis | null = null

  constructor(store: Store, log: DeliveryLog, sender: Sender) {
    this.#store = store
    this.#log = log
    this.#sender = sender
  }

  get session(): SessionNumber {
    return this.#session
  }

  /**
   * The greeting of each connection to the store. A process that was away for long finds its session closed, and names
   * what it still has in a new one.
   * @throws where the store opens none
   */
  async follow(port: Pick<CommandPort, 'send'>): Promise<void> {
    const { lock, schedule } = this.#sender
    const ask = (session: SessionNumber | null) => {
      this.#named = new Set(this.#recipients)
      return port.send({ kind: 'follow', session, inFlight: [...this.#named], lock, schedule })
    }
    let answer = await ask(this.#session === noSession ? null : this.#session)
    if (answer.kind === 'refused') answer = await ask(null)
    if (answer.kind !== 'followed') {
      throw new Error('the store opened no session', { cause: answer })
    }
    this.#session = answer.session
  }

  get recipients(): ReadonlySet<RecipientKey> {
    return this.#recipients
  }

  /**
   * Whether recipients were given back, since this was last asked, after the store had been away: whoever wanted to begin them
   * before that was refused.
   */
  takeGivenBack(): boolean {
    const gaveBack = this.#gaveBackLate
    this.#gaveBackLate = false
    return gaveBack
  }

  /** Whether the store begins nothing now, as what came of it would take the room that its log needs. */
  get isRefused(): boolean {
    return this.#refusedMs !== null && monotonicMs() - this.#refusedMs < refusesForMs
  }

  /** Those of the recipients that may be tried now; `end` must follow. None where the store is away or refuses. */
  async begin(recipients: readonly RecipientKey[]): Promise<RecipientKey[]> {
    const free = recipients.filter((recipient) => !this.#recipients.has(recipient))
    if (free.length === 0) return []
    const started = await new Promise<RecipientKey[]>((resolve) => {
      if (this.#asked.length === 0) setImmediate(() => void this.#ask())
      this.#asked.push({ recipients: free, resolve })
    })
    for (const recipient of started) this.#recipients.add(recipient)
    return started
  }

  /**
   * Ends the flight of recipients. Those not settled are given back: nothing happened to them, they are due as before. Where
   * the store is away they stay in flight until it is back.
   */
  async end(started: readonly RecipientKey[], settled: ReadonlySet<RecipientKey>): Promise<void> {
    const owed = started.filter((key) => !settled.has(key) || this.#named.has(key))
    const kept = new Set(owed)
    this.#forget(started.filter((key) => !kept.has(key)))
    if (owed.length > 0 && !(await this.#giveBack(owed))) void this.#giveBackLater(owed)
  }

  /** @returns whether the store has heard of it */
  async #giveBack(recipients: readonly RecipientKey[]): Promise<boolean> {
    try {
      const command = { kind: 'unstart', session: this.#session, recipients } as const
      const answer = await this.#store.send(command)
      if (answer.kind === 'unavailable') return false
    } catch (error) {
      this.#log.debug({ err: error }, 'not given back: the store is away')
      return false
    }
    this.#forget(recipients)
    return true
  }

  /** The greeting has named them: only after it may they be given back. */
  async #giveBackLater(recipients: readonly RecipientKey[]): Promise<void> {
    do await this.#store.whenConnected()
    while (!(await this.#giveBack(recipients)))
    this.#gaveBackLate = true
  }

  #forget(recipients: readonly RecipientKey[]): void {
    for (const recipient of recipients) {
      this.#recipients.delete(recipient)
      this.#named.delete(recipient)
    }
  }

  async #ask(): Promise<void> {
    const asked = this.#asked
    this.#asked = []
    const started = await this.#start([...new Set(asked.flatMap((one) => one.recipients))])
    for (const { recipients, resolve } of asked) {
      // Asked for twice, a recipient is the first asker's
      resolve(recipients.filter((recipient) => started.delete(recipient)))
    }
  }

  async #start(recipients: readonly RecipientKey[]): Promise<Set<RecipientKey>> {
    try {
      const asked = this.#store.send({ kind: 'start', session: this.#session, recipients })
      // This turn's end has come already, and the next is after a look for what came. Under load more goes along by then.
      if (recipients.length === 1) this.#store.flush()
      const answer = await asked
      const isRefused = isDiskFull(answer)
      this.#refusedMs = isRefused ? monotonicMs() : null
      if (isRefused) await new Promise((resolve) => setTimeout(resolve, refusedForMs))
      return new Set(answer.kind === 'started' ? answer.recipients : [])
    } catch (error) {
      this.#log.debug({ err: error }, 'not begun: the store is away')
      return new Set()
    }
  }
}
