import { chunkBytes } from '../protocol/commands.ts'
import { chunksPerMessage } from '../file/keys.ts'
import { dropUpload } from './uploads.ts'
import type { Slice, Work } from './transaction.ts'

const perSlice = 200
/** Pieces of messages: each may be 256 KB. */
const chunksPerSlice = 64
/** Kept content that goes in one round: a disk that is still short of space after it loses more in the next. */
const keptBytesPerRound = 256 * 1024 * 1024

/** What came of messages that were never accepted, and that nobody is sending any more. Few are under way at a time. */
export function sweepUploads(): Slice {
  let position = -1
  return (work) => {
    const uploads = work.connection
      .sql('SELECT key FROM upload WHERE key > ? ORDER BY key LIMIT ?')
      .all(position, perSlice)
      .map((row) => Number(row['key']))
    const orphan = uploads.find((upload) => !work.memory.uploads.has(upload))
    if (orphan === undefined) {
      position = uploads.at(-1) ?? position
      return uploads.length < perSlice
    }
    if (deleteSomeChunks(work, orphan)) dropUpload(work, orphan)
    return false
  }
}

/** Bytes of settled messages past their time. */
export const sweepContent: Slice = (work) => {
  const rows = work.connection
    .sql('SELECT key, chunks, size FROM message WHERE content_until <= ? LIMIT ?')
    .all(work.now, perSlice)
  let left = chunksPerSlice * chunkBytes
  for (const row of rows) {
    if (left <= 0) return false
    left -= Number(row['size'])
    if (!deleteSomeChunks(work, Number(row['chunks']))) return false
    work.connection
      .sql('UPDATE message SET content_until = NULL WHERE key = ?')
      .run(Number(row['key']))
  }
  return rows.length < perSlice
}

/** The first ones first. @returns whether none is left */
export function deleteSomeChunks({ connection }: Work, chunks: number): boolean {
  const { changes } = connection
    .sql(
      'DELETE FROM chunk WHERE id IN (SELECT id FROM chunk WHERE id >= ? AND id < ? ORDER BY id LIMIT ?)',
    )
    .run(chunks * chunksPerMessage, (chunks + 1) * chunksPerMessage, chunksPerSlice)
  return Number(changes) < chunksPerSlice
}

/**
 * While free space is short, the bytes of settled messages have no time left, those first that would go first: they are kept
 * to look at or to open again, which matters less than new mail. What the log holds without need goes before them. `sweepContent` takes them away.
 */
export function dropKeptContent(isWanted: () => boolean): Slice {
  let left = keptBytesPerRound
  return ({ connection, now, afterCommit }) => {
    if (!isWanted()) return true
    const rows = connection
      .sql(
        `SELECT key, size FROM message INDEXED BY message_by_content_until WHERE content_until > ?
          ORDER BY content_until LIMIT ?`,
      )
      .all(now, perSlice)
    const dropped: number[] = []
    let bytes = 0
    for (const row of rows) {
      if (bytes >= left) break
      dropped.push(Number(row['key']))
      bytes += Number(row['size'])
    }
    connection
      .sql('UPDATE message SET content_until = ? WHERE key IN (SELECT value FROM json_each(?))')
      .run(now, JSON.stringify(dropped))
    afterCommit.push(() => (left -= bytes))
    return dropped.length < perSlice
  }
}
