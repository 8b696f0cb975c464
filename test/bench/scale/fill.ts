/** Fills a store with settled and open recipients by the commands that submission and delivery use, on a clock of its own. */
import { mkdirSync } from 'node:fs'
import { dataPaths } from '../../../src/config/paths.ts'
import { StoreClient } from '../../../src/store/protocol/client.ts'
import type { SessionNumber } from '../../../src/store/protocol/commands.ts'
import { recipientsPerMessage } from '../../../src/words/keys.ts'
import type { Answer } from '../../../src/store/protocol/answers.ts'
import type { Outcome } from '../../../src/words/outcome.ts'
import { startStore } from '../../../src/store/write/start-store.ts'
import { day, hour, type MachineClock, type Millis } from '../../../src/time/clock.ts'
import { deferredOutcome, settledOutcome, type Population } from './population.ts'
import { defaultRetention } from '../../kit/retention.ts'

export interface Fill {
  settled: number
  /** Deferred for some hours to come, numbered on from the settled ones. */
  open: number
  /** The route of the open ones. */
  route: string
  population: Population
  /** Lines of 80 octets in the body of an open one. */
  openLines: number
}

/** So many commands are on their way at once. */
const batch = 2000
/** Of a message whose bytes go when it is delivered only the row counts; an open one keeps what it would have. */
const settledContent = Buffer.from('Subject: settled\r\n\r\n')
const openContentOf = ({ openLines }: Fill): Buffer =>
  Buffer.from(`Subject: open\r\n\r\n${`${'X'.repeat(78)}\r\n`.repeat(openLines)}`)

class SetClock implements MachineClock {
  #now: Millis
  constructor(now: Millis) {
    this.#now = now
  }
  now(): Millis {
    return this.#now
  }
  /** What it is set to is no jump: all that time has gone by. */
  elapsedMs(): number {
    return this.#now
  }
  set(now: Millis): void {
    this.#now = now
  }
}

/** Opens the store of a data folder in this process, lets `work` speak to it, and closes it. */
export async function withStore(
  dataDir: string,
  clock: MachineClock,
  work: (client: StoreClient, session: SessionNumber) => Promise<void>,
): Promise<void> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const paths = dataPaths(dataDir)
  const store = await startStore({
    databasePath: paths.database,
    socketPath: paths.storeSocket,
    lockPath: paths.storeLock,
    ballastPath: paths.ballast,
    retention: defaultRetention,
    bounds: { lifetimeMs: 30 * day, longestWaitMs: 4 * hour },
    clock,
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    onBroken: (error) => {
      throw error
    },
  })
  const client = new StoreClient({
    socketPath: paths.storeSocket,
    principal: { kind: 'process', id: 'api' },
  })
  try {
    await client.whenConnected()
    await work(client, await openSession(client))
  } finally {
    client.close()
    await store.close()
  }
}

/** Outcomes are taken in a session alone. */
async function openSession(client: StoreClient): Promise<SessionNumber> {
  const schedule = { firstMs: hour, longestMs: hour, factor: 1 }
  const command = { kind: 'follow', session: null, inFlight: [], lock: 'fill', schedule } as const
  const answer = await client.send(command)
  if (answer.kind !== 'followed') throw new Error(`no session: ${JSON.stringify(answer)}`)
  return answer.session
}

/** Accepted evenly over the last seven days, the open ones last. */
export async function fillStore(
  dataDir: string,
  fill: Fill,
  say: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const end = Date.now()
  const clock = new SetClock(end - 7 * day)
  const total = fill.settled + fill.open
  await withStore(dataDir, clock, async (client, session) => {
    for (let from = 0; from < total;) {
      signal.throwIfAborted()
      clock.set(Math.round(end - 7 * day * (1 - from / total)))
      const until = Math.min(from + batch, from < fill.settled ? fill.settled : total)
      await fillBatch(client, session, fill, from, until, clock.now(), end)
      if (until % 100_000 < batch) say(`filled ${String(until)} of ${String(total)}`)
      from = until
    }
  })
}

async function fillBatch(
  client: StoreClient,
  session: SessionNumber,
  fill: Fill,
  from: number,
  until: number,
  now: Millis,
  end: Millis,
): Promise<void> {
  const numbers = Array.from({ length: until - from }, (_, index) => from + index)
  const content = from < fill.settled ? settledContent : openContentOf(fill)
  const accepted = await Promise.all(
    numbers.map((number) => {
      const message = fill.population.makeMessage(number, fill.route, content.length, now)
      return client.send({ kind: 'accept', upload: null, message, takes: [] }, content)
    }),
  )
  const outcomeOf = (number: number, recipient: number): Outcome =>
    number < fill.settled
      ? settledOutcome(number, recipient)
      : deferredOutcome(recipient, end + 6 * hour + number)
  const settled = await Promise.all(
    numbers.map((number, index) => {
      const message = messageOf(accepted[index])
      const outcome = outcomeOf(number, message * recipientsPerMessage)
      return client.send({
        kind: 'settle',
        session,
        message,
        attempts: [
          {
            recipients: [outcome.recipient],
            startedAt: now,
            durationMs: 12,
            host: 'mx.dest.example',
            address: '192.0.2.1',
            tls: null,
            code: outcome.reply.code,
            enhanced: outcome.reply.enhanced,
            text: outcome.reply.text,
            dialogue: null,
          },
        ],
        outcomes: [outcome],
        dsn: null,
      })
    }),
  )
  const refusal = settled.find(({ kind }) => kind !== 'ok')
  if (refusal) throw new Error(`the store answered ${JSON.stringify(refusal)} to settle`)
}

function messageOf(answer: Answer | undefined): number {
  if (answer?.kind === 'accepted') return answer.message
  throw new Error(`the store answered ${JSON.stringify(answer)} to accept`)
}
