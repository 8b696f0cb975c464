import { fdatasync, openSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { minute, monotonicMs, second } from '../../time/clock.ts'
import type { SqliteConnection } from '../file/sqlite-connection.ts'
import { asUnusable, failedDisk, isFull, StoreUnusable, wordsOf } from '../file/faults.ts'
import { growthOf, logBytesOf } from '../file/move-log.ts'
import { afterRound } from './after-round.ts'

/** Least time between two rows of rounds of the thread. */
const roundMs = 500

/**
 * A log file that grew beyond this, since a long reader kept it from being started anew, is cut; else its blocks are used
 * again, which costs least. Large mail fills 200 MB before its turn comes to be moved: cutting that costs each commit new blocks.
 */
const longestLogBytes = 384 * 1024 * 1024

/** While free space is short, the disk needs the blocks more than the log does. */
const longestLogBytesWhenShort = 4 * 1024 * 1024

/**
 * How long the commits wait for readers at most where the log has outgrown its bound. Several that read all the time are hardly
 * ever out of it together by chance; but who begins to read during the wait needs the log no more, as all of it is moved.
 */
const waitsForReadersMs = 200
/** Least time between two such waits, where one was in vain; while free space is short, what keeps the log keeps the relay. */
const waitsAgainMs = 10 * second
const waitsAgainWhenShortMs = 2 * second

/** Least time between two starts of the thread, where it ends by a fault. */
const restartMs = 10 * second

/** The same is not said again before. */
const silentMs = minute

/** What a checkpoint left behind: pages in the log, pages of them that are in the database file too. */
export interface CheckpointResult {
  logPages: number
  movedPages: number
  /** As SQLite told it; `errcode` is its extended code. */
  fault: { message: string; errcode: number | undefined } | null
}

export interface CheckpointOptions {
  databasePath: string
  log: { warn(fields: object, text: string): void }
  /** Whether free space is short, so that new mail is refused. */
  isShort: () => boolean
  /** Whether the disk has room for the whole log in the database file; and that a round found it full all the same. */
  hasRoom: () => boolean
  onFull: () => void
  /** Blocks of the log went back to the disk. */
  onCut: () => void
  /** The log can't be moved, and it could before. */
  onStuck: () => void
  /** The disk failed or the file is damaged; what was committed is in the log, and the process must end without closing it. */
  onBroken: (error: unknown) => void
}

/**
 * Checkpoints. Moving pages from the log into the database takes two fsyncs and much writing, so a thread with a
 * connection of its own does it beside the commits. Under load it never reaches the log's end; when the log has grown
 * long, it makes rounds until little is left. The writer moves that last bit and goes on at the log's beginning, over blocks
 * that the file has already. While free space is short, it gives back all blocks of the log that it can.
 *
 * A sync that fails is told once: the kernel drops the pages and says no more. So after the first fault of the disk
 * nothing here touches the log again, which still has all of them (docs/decisions/0017).
 */
export class Checkpoints {
  readonly #connection: SqliteConnection
  readonly #options: CheckpointOptions
  #worker: Worker | null
  #workerStarted = 0
  /**
   * To sync what the thread moved before the writer does the last bit: SQLite syncs the database only where nothing came
   * into the log meanwhile. Never closed while the process lives: that would drop SQLite's own locks on it (POSIX).
   */
  readonly #file: number
  /** The row of rounds in hand, if any. */
  #rounds: { ended: PromiseWithResolvers<undefined>; number: number; movedBefore: number } | null =
    null
  #closing = false
  #ended = false
  #lastRound = 0
  #bytesAtRound = 0
  #isStuck: boolean
  #waitedInVain = -waitsAgainMs
  #triedWhenShort = false
  readonly #saidAt = new Map<string, number>()
  readonly #logBytes = (): number => logBytesOf(this.#options.databasePath)

  constructor(connection: SqliteConnection, options: CheckpointOptions) {
    this.#connection = connection
    this.#options = options
    this.#file = openSync(options.databasePath, 'r')
    // The start has just tried to move what it found
    this.#isStuck = this.givesBack
    this.#worker = this.#startWorker()
  }

  /**
   * Whether free space is short, although a round since it is has given back what the log did not need. Not where a reader
   * keeps the log from that: once it is gone there may be room enough.
   */
  get isShortAllTheSame(): boolean {
    return this.#options.isShort() && this.#triedWhenShort
  }

  /** Whether the log was not moved when that was last tried, for a reader or for want of room: all that is written makes it longer. */
  get isStuck(): boolean {
    return this.#isStuck
  }

  /** Whether the log gives back blocks once it is moved while free space is short. */
  get givesBack(): boolean {
    return this.#logBytes() > longestLogBytesWhenShort
  }

  /** Bytes that the database file still needs for what lies in the log alone. */
  get growthBytes(): number {
    try {
      return growthOf(this.#connection, this.#options.databasePath)
    } catch (error) {
      this.#broken(error)
      return 0
    }
  }

  #startWorker(): Worker {
    this.#workerStarted = monotonicMs()
    const worker = new Worker(join(import.meta.dirname, 'checkpoint-worker.ts'), {
      workerData: { databasePath: this.#options.databasePath },
      resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 4 },
    })
    worker.on('message', (result: CheckpointResult) => this.#done(result))
    worker.on('error', (error: unknown) => {
      this.#worker = null
      this.#warn(error, 'the checkpoint thread ended; another takes its place')
      this.#endRounds()
    })
    worker.unref()
    return worker
  }

  /** Begins a round, unless one is in hand or was just now. To be called after each commit, and where free space is short. */
  move(): void {
    const now = monotonicMs()
    if (this.#ended || this.#rounds) return
    if (now - this.#lastRound < roundMs && !this.#growsWhenShort()) return
    if (!this.#worker && now - this.#workerStarted < restartMs) return
    this.#worker ??= this.#startWorker()
    this.#lastRound = now
    this.#bytesAtRound = this.#logBytes()
    this.#rounds = { ended: Promise.withResolvers(), number: 1, movedBefore: 0 }
    this.#beginRound(this.#worker)
  }

  /** An operation on a fast disk fills a short one between two rounds. */
  #growsWhenShort(): boolean {
    if (!this.#options.isShort()) return false
    return this.#logBytes() - this.#bytesAtRound > longestLogBytesWhenShort
  }

  /** A round that finds the disk full moves nothing for good, and takes the room that outcomes need. */
  #beginRound(worker: Worker): void {
    if (this.#options.hasRoom()) worker.postMessage('checkpoint')
    else {
      this.#found({ isStuck: true })
      this.#endRounds(this.#options.isShort())
    }
  }

  #found({ isStuck }: { isStuck: boolean }): void {
    const wasStuck = this.#isStuck
    this.#isStuck = isStuck
    if (isStuck && !wasStuck) this.#options.onStuck()
  }

  /** Moves the whole log, unless somebody reads it. @throws StoreUnusable: then the connection must not be closed. */
  async close(): Promise<void> {
    // What a round in hand may have to say of the disk counts.
    this.#closing = true
    this.#worker?.ref()
    await this.#rounds?.ended.promise
    const { databasePath } = this.#options
    this.#ended = true
    await this.#worker?.terminate()
    try {
      const { busy } = this.#connection.sql('PRAGMA wal_checkpoint(TRUNCATE)').get() ?? {}
      this.#found({ isStuck: busy !== 0 })
    } catch (error) {
      const unusable = isFull(error) ? error : asUnusable(error, databasePath)
      if (unusable instanceof StoreUnusable) {
        this.#broken(unusable)
        throw unusable
      }
      this.#warn(error, 'the write-ahead log could not be moved into the database')
    }
  }

  /** `triedWhenShort`: whether free space was short when what to do was decided. */
  #endRounds(triedWhenShort = this.#triedWhenShort): void {
    this.#triedWhenShort = triedWhenShort
    this.#rounds?.ended.resolve(undefined)
    this.#rounds = null
  }

  #done({ logPages, movedPages, fault }: CheckpointResult): void {
    if (fault !== null)
      this.#fail(fault, 'the write-ahead log could not be moved into the database')
    const isShort = this.#options.isShort()
    const rounds = this.#rounds
    if (fault !== null || !rounds || this.#closing) {
      this.#endRounds(isShort)
      return
    }
    const isOverlong = this.#isOverlong()
    const next = afterRound({ logPages, movedPages, ...rounds, isOverlong, isShort })
    if (next === 'rest' || next === 'held') {
      this.#found({ isStuck: next === 'held' })
      this.#endRounds(isShort && next !== 'held')
    } else {
      this.#sync(() => {
        if (next === 'again' && this.#worker && !this.#closing) {
          this.#rounds = { ...rounds, number: rounds.number + 1, movedBefore: movedPages }
          this.#beginRound(this.#worker)
          return
        }
        const isHeld = next === 'anew' && !this.#startLogAnew()
        this.#endRounds(isShort && !isHeld)
      })
    }
  }

  /** Has what the thread moved on disk. In the row's first round that may take seconds, during which more comes into the log. */
  #sync(then: () => void): void {
    fdatasync(this.#file, (error) => {
      if (!error) {
        then()
        return
      }
      const { databasePath } = this.#options
      this.#broken(failedDisk(databasePath, `a sync failed (${wordsOf(error)})`, error))
      this.#endRounds()
    })
  }

  /** @returns whether no reader was in the way */
  #startLogAnew(): boolean {
    if (this.#ended) return true
    let isFree = true
    try {
      const isOverlong = this.#isOverlong()
      const waits = isOverlong && this.#mayWait()
      // Where a reader is in the way, a later round tries again
      this.#connection.exec(`PRAGMA busy_timeout = ${waits ? waitsForReadersMs : 0}`)
      const kind = isOverlong ? 'TRUNCATE' : 'RESTART'
      isFree = this.#connection.sql(`PRAGMA wal_checkpoint(${kind})`).get()?.['busy'] === 0
      if (!isFree && waits) this.#waitedInVain = monotonicMs()
      // Without a wait it may be one that reads for a moment
      if (isFree || waits) this.#found({ isStuck: !isFree })
      if (isOverlong && isFree) this.#options.onCut()
    } catch (error) {
      this.#fail(error, 'the write-ahead log could not be started anew')
    }
    this.#connection.exec('PRAGMA busy_timeout = 5000')
    return isFree
  }

  #mayWait(): boolean {
    const againMs = this.#options.isShort() ? waitsAgainWhenShortMs : waitsAgainMs
    return monotonicMs() - this.#waitedInVain >= againMs
  }

  #isOverlong(): boolean {
    return this.#logBytes() > (this.#options.isShort() ? longestLogBytesWhenShort : longestLogBytes)
  }

  /** A full disk leaves the log as it is, and the next round may do better. */
  #fail(error: unknown, text: string): void {
    if (isFull(error)) this.#options.onFull()
    const unusable = isFull(error) ? error : asUnusable(error, this.#options.databasePath)
    if (unusable instanceof StoreUnusable) this.#broken(unusable)
    else this.#warn(error, text)
  }

  #warn(error: unknown, text: string): void {
    const now = monotonicMs()
    if (now - (this.#saidAt.get(text) ?? -silentMs) < silentMs) return
    this.#saidAt.set(text, now)
    this.#options.log.warn({ err: error }, text)
  }

  #broken(error: unknown): void {
    this.#ended = true
    this.#options.onBroken(error)
  }
}
