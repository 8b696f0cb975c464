import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach } from 'vitest'
import type { Answer, AnswerTo } from '../../src/store/protocol/answers.ts'
import type { Command, PushedWork } from '../../src/store/protocol/commands.ts'
import type { Principal } from '../../src/words/principal.ts'
import type { MessageKey } from '../../src/words/keys.ts'
import type { NewMessage, Notification } from '../../src/words/message.ts'
import { openForWriting } from '../../src/store/file/database.ts'
import type { Ask } from '../../src/store/write/asked.ts'
import { TimeWatch } from '../../src/store/write/time-watch.ts'
import { GroupCommit } from '../../src/store/write/group-commit.ts'
import { openReader } from '../../src/store/read/open-reader.ts'
import { runningOperations } from '../../src/store/write/write-operation.ts'
import { Operations } from '../../src/store/write/operations.ts'
import type { StoreReader } from '../../src/store/protocol/reader.ts'
import { Sweeps } from '../../src/store/write/sweeps.ts'
import type { Retention } from '../../src/store/write/transaction.ts'
import { Writer } from '../../src/store/write/writer.ts'
import { day, type MachineClock } from '../../src/time/clock.ts'
import { newUlid } from '../../src/time/ulid.ts'
import { expectCounted } from './expect-counted.ts'
import { OwnClock } from './own-clock.ts'
import { bounds, keepAll } from './retention.ts'
import { aProcess, runTestStore, startTestStore } from './running-store.ts'
import { firstSession } from './sessions.ts'
import { silent } from './silent.ts'
import { tempFolder } from './temp-folder.ts'

export { aProcess, bounds, keepAll, OwnClock, runTestStore, startTestStore }

let made = 0

/** The store's pieces without a socket: commands in, answers out, sweeps on request, and the connection to look into. */
export function openPieces(
  folder: string,
  {
    clock = new OwnClock(),
    retention = keepAll,
    onFull = () => undefined,
    isLogStuck = () => false,
  }: {
    clock?: MachineClock
    retention?: Retention
    onFull?: () => void
    isLogStuck?: () => boolean
  } = {},
) {
  mkdirSync(folder, { recursive: true })
  const databasePath = join(folder, 'sluice.db')
  const time = new TimeWatch(clock, silent)
  const writer = new Writer(openForWriting(databasePath), retention, time.clock)
  const broken: unknown[] = []
  const pushed: PushedWork[] = []
  const groups = new GroupCommit(writer, {
    onCommitted: ({ due }) => pushed.push(...due),
    onFull,
    onBroken: (error) => broken.push(error),
  })
  const operations = new Operations(groups, Promise.resolve(), runningOperations(writer))
  time.begin(writer.connection, groups)
  const handlers: Readonly<Partial<Record<Command['kind'], (ask: never) => void>>> = {
    ...operations.commands,
    ...time.commands,
    'open-totals': ({ answer }: Ask<'open-totals'>) =>
      answer({ kind: 'open-totals', totals: writer.openTotals() }),
    'open-groups': ({ command, answer }: Ask<'open-groups'>) =>
      answer({ kind: 'open-groups', kept: writer.openGroups(command) }),
  }
  const idle = async () => {
    do await new Promise((resolve) => setImmediate(resolve))
    while (!groups.idle)
  }
  const alarms: object[] = []
  const log = { error: (fields: object) => alarms.push(fields) }
  const sweeps = new Sweeps(groups, {
    bounds,
    wantsContent: () => !groups.takesMail,
    isLogStuck,
    log,
  })
  return {
    writer,
    alarms,
    groups,
    time,
    broken,
    /** What delivery would have been told. */
    pushed,
    databasePath,
    idle,
    /** Answered at once, in a transaction of its own. */
    now: <C extends Command>(command: C, payload: Uint8Array = Buffer.alloc(0)): AnswerTo<C> => {
      const answers: unknown[] = []
      const ask: Ask = { command, by: aProcess, payload, answer: (said) => answers.push(said) }
      pushed.push(...writer.commit([ask]).due)
      if (!answers[0]) throw new Error('no answer')
      return answers[0] as never
    },
    send: <C extends Command>(
      command: C,
      payload: Uint8Array = Buffer.alloc(0),
      by: Principal = aProcess,
    ): Promise<AnswerTo<C>> => {
      const { promise, resolve } = Promise.withResolvers<Answer>()
      const handle = handlers[command.kind]
      const ask: Ask = { command, by, payload, answer: resolve }
      if (handle) handle(ask as never)
      else groups.add(ask)
      return promise as Promise<never>
    },
    sweep: async () => {
      sweeps.start()
      await idle()
      sweeps.stop()
    },
    close: () => {
      groups.end()
      writer.connection.close()
    },
  }
}

export const body = Buffer.from('Subject: hello\r\n\r\nhello\r\n')
/** A message to the given addresses; all else as said, or like any other. */
export function messageTo(
  addresses: readonly string[],
  more: Partial<NewMessage> = {},
): NewMessage {
  made++
  return {
    id: newUlid(Date.UTC(2030, 0, 1) + made),
    submitter: { kind: 'account', id: 'demo' },
    sender: 'sender@example.org',
    route: 'mx',
    sizeBytes: body.length,
    messageIdHeader: null,
    subject: null,
    tag: null,
    lifetimeMs: 5 * day,
    esmtp: {},
    recipients: addresses.map((address) => ({
      address,
      destination: address.slice(address.lastIndexOf('@') + 1),
    })),
    ...more,
  }
}

export interface Sender {
  send<C extends Command>(command: C, payload?: Uint8Array): Promise<AnswerTo<C>>
}

/** No fsyncs: for tests that need many rows and no crash. */
export const careless = (pieces: { writer: Writer }): void =>
  pieces.writer.connection.exec('PRAGMA synchronous = OFF')

/** A store in a folder of its own, its pieces and a reader of it. */
export interface FreshStore {
  clock: OwnClock
  pieces: ReturnType<typeof openPieces>
  reader: StoreReader
  /** Closes the pieces and opens them anew, as a restart does. */
  reopen: () => FreshStore['pieces']
}

/** Has each test of the file begin with a fresh store, given to `use`, that goes away with the test. */
export function storeForEachTest(
  options: Omit<Parameters<typeof openPieces>[1] & object, 'clock'>,
  use: (fresh: FreshStore) => void,
): void {
  let end = (): Promise<void> => Promise.resolve()
  beforeEach(() => {
    const folder = tempFolder()
    const clock = new OwnClock()
    const open = () => openPieces(folder.path, { clock, ...options })
    let pieces = open()
    careless(pieces)
    const reader = openReader(pieces.databasePath, aProcess)
    const reopen = () => {
      pieces.close()
      return (pieces = open())
    }
    end = async () => {
      expectCounted(pieces)
      await reader.close()
      pieces.close()
      folder[Symbol.dispose]()
    }
    use({ clock, pieces, reader, reopen })
  })
  afterEach(() => end())
}

/** Has a message accepted. @returns its key */
export async function accept(to: Sender, message: NewMessage, bytes = body): Promise<MessageKey> {
  const answer = await to.send({ kind: 'accept', upload: null, message, takes: [] }, bytes)
  if (answer.kind !== 'accepted') throw new Error(`not accepted: ${JSON.stringify(answer)}`)
  return answer.message
}

/** The key of a message's n-th recipient. */
export const recipientOf = (message: MessageKey, index = 0): number => message * 65_536 + index

const said = { code: 250, enhanced: '2.0.0', text: 'ok', host: 'mx.example.net' }

/** A settle command of one outcome for some recipients of a message. */
export function outcome(
  message: MessageKey,
  kind: 'delivered' | 'bounced' | 'expired' | 'suppressed' | { dueAt: number },
  indexes: readonly number[] = [0],
): Extract<Command, { kind: 'settle' }> {
  return {
    kind: 'settle',
    session: firstSession,
    message,
    attempts: [
      {
        recipients: indexes.map((index) => recipientOf(message, index)),
        // Two tries never begin at the same time
        startedAt: typeof kind === 'string' ? 1 : kind.dueAt,
        durationMs: 2,
        host: 'mx.example.net',
        address: '192.0.2.1',
        tls: null,
        code: 250,
        enhanced: '2.0.0',
        text: 'ok',
        dialogue: null,
      },
    ],
    outcomes: indexes.map((index) => {
      const recipient = recipientOf(message, index)
      return typeof kind === 'string'
        ? { recipient, kind, reply: said }
        : { recipient, kind: 'deferred', dueAt: kind.dueAt, reply: said }
    }),
    dsn: null,
  }
}

/** What tells the sender about some recipients of a message. */
export const notificationAbout = (
  message: MessageKey,
  indexes: readonly number[],
  more: Partial<NewMessage> = {},
): Notification => ({
  ...messageTo(['sender@example.org'], {
    sender: '',
    submitter: { kind: 'system', id: 'dsn' },
    ...more,
  }),
  about: indexes.map((index) => recipientOf(message, index)),
})

export const operation = (
  action: Extract<Command, { kind: 'operate' }>['action'],
  more: Partial<Extract<Command, { kind: 'operate' }>> = {},
): Extract<Command, { kind: 'operate' }> => ({
  kind: 'operate',
  action,
  filter: {},
  party: 'customer',
  reason: null,
  until: null,
  dryRun: false,
  ...more,
})
