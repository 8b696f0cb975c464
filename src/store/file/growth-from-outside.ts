import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs'

/** https://www.sqlite.org/fileformat2.html#the_write_ahead_log */
const headBytes = 32
const frameHeadBytes = 24
/** Frames that one transaction may have written last, as far as they are looked at. */
const mostFrames = 2000

/**
 * Bytes that the database file grows by when its log is moved into it (`growthOf`), for a process without a connection. It
 * opens the log alone: to close the database file or the log's index would drop the locks that SQLite has on them in the same
 * process (POSIX). Of a log that it can't read it says the length, as the file grows by no more than that.
 */
export function growthFromOutside(databasePath: string): number {
  const file = openLog(`${databasePath}-wal`)
  if (file === null) return 0
  try {
    const { size } = fstatSync(file)
    if (size < headBytes) return 0
    const whole = bytesAfterLastCommit(file, size)
    const now = statSync(databasePath, { throwIfNoEntry: false })?.size ?? 0
    return whole === null ? size : Math.max(0, whole - now)
  } finally {
    closeSync(file)
  }
}

function openLog(path: string): number | null {
  try {
    return openSync(path, 'r')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

/** How long the database is by its last commit in the log. The frames that are in use come first, and bear the head's salts. */
function bytesAfterLastCommit(file: number, size: number): number | null {
  const head = Buffer.alloc(headBytes)
  readSync(file, head, 0, headBytes, 0)
  const pageBytes = head.readUInt32BE(8)
  const salts = head.subarray(16, 24)
  if (pageBytes === 0) return null
  const frame = Buffer.alloc(frameHeadBytes)
  const read = (index: number): Buffer => {
    readSync(file, frame, 0, frameHeadBytes, headBytes + index * (frameHeadBytes + pageBytes))
    return frame
  }
  let used = 0
  let beyond = Math.floor((size - headBytes) / (frameHeadBytes + pageBytes))
  while (used < beyond) {
    const middle = Math.floor((used + beyond) / 2)
    if (read(middle).subarray(8, 16).equals(salts)) used = middle + 1
    else beyond = middle
  }
  for (let index = used - 1; index >= Math.max(0, used - mostFrames); index--) {
    // 0 but in the last frame of a commit
    const pages = read(index).readUInt32BE(4)
    if (pages > 0) return pages * pageBytes
  }
  return used === 0 ? 0 : null
}
