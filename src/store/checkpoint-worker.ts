/** The thread that moves pages from the log into the database file; see checkpoints.ts. */
import { DatabaseSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'
import type { CheckpointResult } from './checkpoints.ts'

const { databasePath } = workerData as { databasePath: string }
const database = new DatabaseSync(databasePath, { timeout: 1000 })
database.exec('PRAGMA synchronous = FULL; PRAGMA cache_size = -1024')

parentPort?.on('message', () => {
  const row = database.prepare('PRAGMA wal_checkpoint(PASSIVE)').get()
  const result: CheckpointResult = {
    logPages: Number(row?.['log']),
    movedPages: Number(row?.['checkpointed']),
  }
  parentPort?.postMessage(result)
})
