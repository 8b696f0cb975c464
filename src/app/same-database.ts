import { stat } from 'node:fs/promises'
import type { Logger } from '../log/logger.ts'

/**
 * To be called at each connection to the store. Where the database is another file than at the first connection (a backup was
 * put in its place), this process still has the old file open: it exits, and is started again on the new one.
 */
export function endWhenReplaced(databasePath: string, log: Logger): () => Promise<void> {
  let known: number | null = null
  return async () => {
    const { ino } = await stat(databasePath)
    known ??= ino
    if (ino === known) return
    log.error({ file: databasePath }, 'the store is another file now: this process starts anew')
    process.exit(1)
  }
}
