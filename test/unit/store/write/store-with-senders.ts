import { afterEach, beforeEach } from 'vitest'
import type { DuePush, FollowCommand } from '../../../../src/store/protocol/commands.ts'
import { StoreClient } from '../../../../src/store/protocol/client.ts'
import { eventually } from '../../../kit/facts.ts'
import { firstSession, follow } from '../../../kit/sessions.ts'
import { aProcess, OwnClock, runTestStore } from '../../../kit/store.ts'
import { tempFolder } from '../../../kit/temp-folder.ts'

type Running = Awaited<ReturnType<typeof runTestStore>>

/** A store, of which each test of the file gets a fresh one, and processes that send from it. */
export class StoreWithSenders {
  clock = new OwnClock()
  #folder = tempFolder()
  #running: Running | null = null
  readonly #others: StoreClient[] = []

  constructor() {
    beforeEach(async () => {
      this.#folder = tempFolder()
      this.clock = new OwnClock()
      this.#running = await runTestStore(this.#folder.path, { clock: this.clock })
    })
    afterEach(async () => {
      for (const other of this.#others.splice(0)) other.close()
      await this.#running?.close()
      this.#folder[Symbol.dispose]()
    })
  }

  get running(): Running {
    if (!this.#running) throw new Error('no store runs')
    return this.#running
  }

  /** Follows in the first session. */
  get client(): StoreClient {
    return this.running.client
  }

  get reader(): Running['reader'] {
    return this.running.reader
  }

  get tracePath(): string {
    return `${this.running.databasePath}-flight`
  }

  /** The store anew, followed by nobody; `away` happens while there is none. */
  async restart(away: () => void = () => undefined): Promise<void> {
    await this.running.close()
    away()
    this.#running = await runTestStore(this.#folder.path, { clock: this.clock, follows: false })
  }

  /** A connection that follows nothing. */
  async stranger(onPush: (push: DuePush) => void = () => undefined): Promise<StoreClient> {
    const { socketPath } = this.running
    const client = new StoreClient({ socketPath, principal: aProcess, onPush })
    this.#others.push(client)
    await client.whenConnected()
    return client
  }

  /** Another sender, its session, and what it is pushed. */
  async anotherSender(more: Partial<FollowCommand> = {}) {
    const pushes: DuePush[] = []
    const client = await this.stranger((push) => pushes.push(push))
    const answer = await client.send(follow(more))
    if (answer.kind !== 'followed') throw new Error(JSON.stringify(answer))
    return { client, session: answer.session, pushes }
  }

  start(client: StoreClient, recipients: readonly number[], session = firstSession) {
    return client.send({ kind: 'start', session, recipients })
  }

  async inFlight(): Promise<readonly number[]> {
    const answer = await this.client.send({ kind: 'in-flight' })
    return answer.kind === 'in-flight' ? answer.recipients : []
  }

  async untilInFlight(recipients: readonly number[]): Promise<void> {
    await eventually('only these in flight', async () =>
      JSON.stringify(await this.inFlight()) === JSON.stringify(recipients) ? true : undefined,
    )
  }

  /** A message's recipients as they are seen, whatever is in flight. */
  async shown(message: number) {
    const id = (await this.reader.envelope(message, []))?.id ?? ''
    const found = await this.reader.message(id, new Set(), this.clock.at)
    const recipients = found?.recipients ?? []
    return recipients.toSorted((a, b) => a.key - b.key)
  }
}
