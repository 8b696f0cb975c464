import { existsSync, realpathSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'

/**
 * Connections that met a fault. Node closes what nobody refers to any more, and at an end of the process by itself all that is
 * open: a process that has such a connection ends with `process.exit`, which closes nothing.
 */
const neverClosed: DatabaseSync[] = []

export const neverClose = (database: DatabaseSync): void => void neverClosed.push(database)

/**
 * Whether such a connection has this file. Looking into the file closes it again, and with that go the locks that this process has
 * on it (POSIX): a program with an SQLite before 3.51 would then take itself for the last one when it closes the store, and
 * remove the log under us.
 */
export const isStillOpen = (path: string): boolean =>
  existsSync(path) && neverClosed.some((database) => database.location() === realpathSync(path))
