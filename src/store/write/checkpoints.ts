import { fdatasync, openSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { monotonicMs } from '../../time/clock.ts'
import type { Connection } from '../file/database.ts'

/** Least time between two rounds of the thread. */
const roundMs = 500
/** A log of so many pages is started anew, once the thread has moved most of it. */
const restartPages = 16_384

/** So much of it the thread must have moved, so that the writer has little left to do. */
const movedShare = 0.75

/** What a checkpoint left behind: pages in the log, pages of them that are in the database file too. */
export interface CheckpointResult {
  logPages: number
  movedPages: number
  fault: string | null
}

/**
 * Checkpoints. Moving pages from the log into the database takes two fsyncs and much writing, so a thread with a
 * connection of its own does it beside the commits. Under load it never reaches the log's end; when the log has grown
 * long, the writer does the last bit, which is short by then, and goes on at the log's beginning, over blocks that the
 * file has already.
 */
export class Checkpoints {
  readonly #connection: Connection
  readonly #log: { warn(fields: object, text: string): void }
  readonly #databasePath: string
  #worker: Worker
  /**
   * To sync what the thread moved before the writer does the last bit: SQLite syncs the database only where nothing came
   * into the log meanwhile. Never closed while the process lives: that would drop SQLite's own locks on it (POSIX).
   */
  readonly #file: number
  #busy = false
  #closed = false
  #lastRound = 0

  constructor(
    databasePath: string,
    connection: Connection,
    log: { warn(fields: object, text: string): void },
  ) {
    this.#connection = connection
    this.#log = log
    this.#databasePath = databasePath
    this.#file = openSync(databasePath, 'r')
    this.#worker = this.#startWorker()
  }

  #startWorker(): Worker {
    const worker = new Worker(join(import.meta.dirname, 'checkpoint-worker.ts'), {
      workerData: { databasePath: this.#databasePath },
      resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 4 },
    })
    worker.on('message', (result: CheckpointResult) => this.#done(result))
    worker.on('error', (error: unknown) => {
      this.#log.warn({ err: error }, 'the checkpoint thread ended; another takes its place')
      this.#worker = this.#startWorker()
      this.#busy = false
    })
    worker.unref()
    return worker
  }

  afterCommit(): void {
    const now = monotonicMs()
    if (this.#busy || now - this.#lastRound < roundMs) return
    this.#lastRound = now
    this.#busy = true
    this.#worker.postMessage('checkpoint')
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#worker.terminate()
    this.#connection.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  }

  #done({ logPages, movedPages, fault }: CheckpointResult): void {
    this.#busy = false
    if (fault !== null) this.#log.warn({ fault }, 'the log could not be moved into the database')
    // What is left must be little: the commits wait for it.
    if (logPages < restartPages || movedPages < logPages * movedShare) return
    this.#busy = true
    fdatasync(this.#file, (error) => {
      this.#busy = false
      if (error) this.#log.warn({ err: error }, 'the database could not be synced')
      else if (!this.#closed) this.#startLogAnew()
    })
  }

  #startLogAnew(): void {
    // Waits for no reader: where one is in the way, the next round tries again.
    this.#connection.exec('PRAGMA busy_timeout = 0')
    try {
      this.#connection.sql('PRAGMA wal_checkpoint(RESTART)').get()
    } catch (error) {
      this.#log.warn({ err: error }, 'the log could not be started anew')
    } finally {
      this.#connection.exec('PRAGMA busy_timeout = 5000')
    }
  }
}
