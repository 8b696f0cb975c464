import { DatabaseSync } from 'node:sqlite'
import { isLocked } from './faults.ts'

export interface FolderLock {
  release(): void
}

/**
 * Takes a lock that dies with its process, also with kill -9: an exclusive SQLite lock on a file of its own, which the
 * kernel drops when the process ends. null: somebody else has it.
 */
export function holdLock(path: string): FolderLock | null {
  const database = new DatabaseSync(path, { timeout: 0 })
  try {
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
  } catch (error) {
    database.close()
    if (isLocked(error)) return null
    throw error
  }
  return { release: () => database.close() }
}
