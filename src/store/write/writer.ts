import { reopenedRecipients, settledRecipients } from '../../metrics/declared.ts'
import type { Clock } from '../../time/clock.ts'
import type { Ask } from './asked.ts'
import { carryOut, spoilUpload } from './carry-out.ts'
import type { Answer, Fault, Unavailable } from '../protocol/answers.ts'
import type { PushedWork } from '../protocol/commands.ts'
import type { SqliteConnection } from '../file/sqlite-connection.ts'
import { isFull, isOfOneStatement, wordsOf } from '../file/faults.ts'
import { recall, remember } from '../file/remembered.ts'
import type { GroupsQuestion, KeptGroups } from '../protocol/groups.ts'
import type { OpenTotals } from '../protocol/views.ts'
import { loadStandingHolds } from './holds.ts'
import { OwnNames } from '../file/names.ts'
import type { OpenChange } from '../read/open-change.ts'
import { OpenTally } from '../read/open-tally.ts'
import { Sessions } from './sessions.ts'
import { Work, writeLedger, type LedgerEntry, type Memory, type Retention } from './transaction.ts'

/** The outcome of a COMMIT is unknown, or the file is damaged: the process must end without another word. */
export class WriterBroken extends Error {
  override name = 'WriterBroken'
}

/** A piece of work that shares a transaction with others: a command, or a slice of an operation or a sweep. */
type Task<T> = (work: Work) => T

export interface Committed {
  due: PushedWork[]
}

export class Writer {
  readonly connection: SqliteConnection
  readonly names: OwnNames
  readonly memory: Memory
  readonly retention: Retention
  /** Of recipients that are open, as of the last commit. */
  readonly open: OpenTally
  readonly #clock: Clock
  readonly #onFault: (fault: unknown) => void
  /** Numbers of messages below this one are spoken for on disk. */
  #reserved: number

  /** `onFault` gets what made a task fail alone: a bug, for the log. `sessions`: those that are open already. */
  constructor(
    connection: SqliteConnection,
    retention: Retention,
    clock: Clock,
    onFault: (fault: unknown) => void = () => undefined,
    sessions = new Sessions(),
  ) {
    this.#onFault = onFault
    this.connection = connection
    this.retention = retention
    this.#clock = clock
    this.names = new OwnNames(connection)
    this.memory = {
      sessions,
      flight: sessions.flight,
      uploads: new Set(),
      standing: loadStandingHolds(connection, this.names),
      nextMessage: nextMessageKey(connection),
      nextEvent: nextEventSeq(connection),
      lastAcceptedAt: lastAcceptedAt(connection),
    }
    this.#reserved = this.memory.nextMessage
    this.open = OpenTally.of(connection, this.names)
  }

  now(): number {
    return this.#clock.now()
  }

  openTotals(): OpenTotals {
    return this.open.totals(this.now())
  }

  openGroups(asked: GroupsQuestion): KeptGroups {
    return this.open.groups(asked, this.now())
  }

  /**
   * Carries out a group and answers each once it is committed. Where the disk is full, nothing of the group is kept and
   * those that can come again are refused; what delivery says comes back, to be tried again.
   * @throws WriterBroken when nobody can know what is on disk
   */
  commit(asks: readonly Ask[]): Committed & { again: Ask[]; full: boolean } {
    const answers: Answer[] = []
    const outcome = this.transact(
      asks.map((ask) => (work: Work) => carryOut(work, ask)),
      answers,
    )
    if (outcome === 'full') return { due: [], again: this.refuseAsFull(asks), full: true }
    asks.forEach((ask, index) => ask.answer(answers[index] ?? noAnswer))
    return { ...outcome, again: [], full: false }
  }

  /** The disk has no room for a group. @returns what can't be refused, and has to come again */
  refuseAsFull(asks: readonly Ask[]): Ask[] {
    for (const ask of asks) if (!isOfDelivery(ask)) this.refuse(ask, diskFull)
    return asks.filter(isOfDelivery)
  }

  /** Nothing of it was kept; so an upload lacks a piece now. */
  refuse({ command, answer }: Pick<Ask, 'command' | 'answer'>, no: Unavailable): void {
    spoilUpload(this.memory, command)
    answer(no)
  }

  /**
   * Runs tasks in one transaction; one that throws is undone alone, and its result is a fault. Savepoints copy each page
   * that a task changes, so the tasks get them only where one of them has failed without: all is undone then, and run again.
   */
  transact<T>(tasks: readonly Task<T>[], results: (T | Fault)[]): Committed | 'full' {
    try {
      return this.#runAll(tasks, results, runBare)
    } catch (error) {
      if (!(error instanceof TaskFailed)) throw error
      results.length = 0
      return this.#runAll(tasks, results, (work, task) => this.#runInSavepoint(work, task))
    }
  }

  /** @throws TaskFailed where `run` does, with nothing kept */
  #runAll<T>(
    tasks: readonly Task<T>[],
    results: (T | Fault)[],
    run: (work: Work, task: Task<T>) => T | Fault,
  ): Committed | 'full' {
    const { connection } = this
    const ledger: LedgerEntry[] = []
    const changes: (readonly OpenChange[])[] = []
    const committed: Committed = { due: [] }
    const after: (() => void)[] = []
    const now = this.now()
    try {
      connection.sql('BEGIN IMMEDIATE').run()
      for (const task of tasks) {
        const work = new Work(this, now, this.#clock.aheadMs ?? 0)
        results.push(run(work, task))
        if (work.failed) continue
        ledger.push(...work.ledger)
        changes.push(work.changes)
        committed.due.push(...work.due)
        after.push(...work.afterCommit)
      }
      writeLedger(connection, ledger)
      this.#reserveNumbers(after)
    } catch (error) {
      return this.#undone(error)
    }
    try {
      connection.sql('COMMIT').run()
    } catch (error) {
      return this.#undone(error)
    }
    for (const act of after) act()
    for (const { column, count } of ledger) countEntry(column, count)
    for (const some of changes) for (const change of some) this.open.add(change)
    return committed
  }

  /** Numbers are reserved many at a time, and only then used up: none is given twice, whatever is rolled back or swept. */
  #reserveNumbers(after: (() => void)[]): void {
    if (this.memory.nextMessage <= this.#reserved) return
    const reserved = this.memory.nextMessage + reservedAtOnce
    remember(this.connection, 'next_message', reserved)
    after.push(() => (this.#reserved = reserved))
  }

  #runInSavepoint<T>(work: Work, task: Task<T>): T | Fault {
    const { connection } = this
    connection.sql('SAVEPOINT command').run()
    try {
      const result = task(work)
      connection.sql('RELEASE command').run()
      return result
    } catch (error) {
      if (!isOfOneStatement(error)) throw error
      connection.sql('ROLLBACK TO command').run()
      connection.sql('RELEASE command').run()
      this.names.forget()
      work.failed = true
      for (const act of work.ifFailed) act()
      this.#onFault(error)
      return { kind: 'fault', fault: error instanceof Error ? error.message : String(error) }
    }
  }

  /** A full disk is a proved rollback; any other fault of the file leaves what is on disk unknown. */
  #undone(error: unknown): 'full' {
    this.names.forget()
    const { inTransaction } = this.connection
    // A task that failed leaves the transaction open; who finds none doesn't know what became of it.
    const isOfTask = error instanceof TaskFailed && inTransaction
    if (!isOfTask && !isFull(error)) throw brokenBy(error)
    if (inTransaction) this.connection.sql('ROLLBACK').run()
    if (isOfTask) throw error
    return 'full'
  }
}

/** A task failed for itself, in a way that does not let it be undone alone. */
class TaskFailed extends Error {}

function runBare<T>(work: Work, task: Task<T>): T {
  try {
    return task(work)
  } catch (error) {
    throw isOfOneStatement(error) ? new TaskFailed(wordsOf(error), { cause: error }) : error
  }
}

/** A fault of the file after which what is on disk is unknown. */
export const brokenBy = (error: unknown): WriterBroken =>
  new WriterBroken(`the store failed: ${wordsOf(error)}`, { cause: error })

/** What makes room in the end: outcomes of what was sent, and that a delivery process is there. */
const isOfDelivery = ({ command }: Ask): boolean =>
  command.kind === 'settle' || command.kind === 'follow'

export const diskFull: Unavailable = { kind: 'unavailable', cause: 'disk full' }
const noAnswer: Fault = { kind: 'fault', fault: 'the command was given no answer' }

/** Accepted ones are counted with their messages. */
function countEntry(column: LedgerEntry['column'], count: number): void {
  if (column === 'reopened') reopenedRecipients.inc(count)
  else if (column !== 'accepted') settledRecipients[column].inc(count)
}

const reservedAtOnce = 1000

function nextMessageKey(connection: SqliteConnection): number {
  const next = recall(connection, 'next_message')
  // A number of a guess might have been given before
  if (next === null) throw new WriterBroken('the store has lost which number a message gets next')
  return next
}

const nextEventSeq = (connection: SqliteConnection): number =>
  Number(connection.sql('SELECT max(seq) AS seq FROM event').get()?.['seq'] ?? 0) + 1

const lastAcceptedAt = (connection: SqliteConnection): number =>
  Number(
    connection.sql('SELECT accepted_at AS at FROM message ORDER BY key DESC LIMIT 1').get()?.[
      'at'
    ] ?? 0,
  )
