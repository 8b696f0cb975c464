import type { SqliteConnection } from '../file/sqlite-connection.ts'

/**
 * Reads, each behind a promise. Those that are asked for at once, such as by many jobs that begin together, see the store at
 * one moment, and the file is locked for all of them once; who waits for an answer and asks again sees what is new.
 */
export class SharedSnapshot {
  readonly #connection: SqliteConnection
  #begun = false

  constructor(connection: SqliteConnection) {
    this.#connection = connection
  }

  /** What fails is an answer too: it never throws. */
  read<T>(read: () => T): Promise<T> {
    return Promise.try(() => {
      this.#begin()
      return read()
    })
  }

  #begin(): void {
    if (this.#begun) return
    this.#connection.sql('BEGIN').run()
    this.#begun = true
    queueMicrotask(() => this.#end())
  }

  close(): void {
    this.#end()
    this.#connection.close()
  }

  #end(): void {
    if (!this.#begun) return
    this.#begun = false
    // There is nothing to commit, and where a page was damaged COMMIT would fail once more.
    if (this.#connection.inTransaction) this.#connection.sql('ROLLBACK').run()
  }
}
