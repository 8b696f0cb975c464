/** The thread that moves pages from the log into the database file; see checkpoints.ts. */
import { DatabaseSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'
import type { CheckpointResult } from './checkpoints.ts'

const { databasePath } = workerData as { databasePath: string }
const database = new DatabaseSync(databasePath, { timeout: 1000 })
database.exec('PRAGMA synchronous = FULL; PRAGMA cache_size = -1024')

parentPort?.on('message', () => parentPort?.postMessage(checkpoint()))

/** A round that fails leaves the log as it is. */
function checkpoint(): CheckpointResult {
  try {
    const row = database.prepare('PRAGMA wal_checkpoint(PASSIVE)').get()
    return {
      logPages: Number(row?.['log']),
      movedPages: Number(row?.['checkpointed']),
      fault: null,
    }
  } catch (error) {
    const { message, errcode } = error as Error & { errcode?: number }
    return { logPages: 0, movedPages: 0, fault: { message, errcode } }
  }
}
