import type { Slice } from './transaction.ts'

const perSlice = 200
/** In one round: what is still short of space after it loses more in the next. */
const bytesPerRound = 256 * 1024 * 1024

/**
 * While free space is short, the bytes of settled messages have no time left, those first that would go first: they are kept
 * to look at or to open again, which matters less than new mail. What the log holds without need goes before them. The sweep of content takes them away.
 */
export function dropKeptContent(isWanted: () => boolean): Slice {
  let left = bytesPerRound
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
