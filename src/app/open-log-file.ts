import { statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { DataPaths } from '../config/paths.ts'
import { LogFile, logPath, type LogFileLimits } from '../log/log-file.ts'
import { growthFromOutside } from '../store/file/growth-from-outside.ts'
import { logBytesOf } from '../store/file/move-log.ts'
import { lastShare, roomOf, slackShare } from '../store/file/reserve.ts'

/** The log of a process, which leaves the store its room on the disk. */
export function openLogFile(paths: DataPaths, name: string, limits: LogFileLimits): LogFile {
  let had = true
  const hasRoom = (): boolean => (had = leavesRoom(paths, had))
  return new LogFile(logPath(paths.logDir, name), limits, { hasRoom })
}

/**
 * Whether logs may grow. Half of the reserve is for the outcomes of what is in flight and for moving the store's own log, which
 * takes as much more as the database file grows by then: with that in the hands of other files, a log that a reader has kept
 * could never be moved (docs/decisions/0019). Not asked of logs on a disk of their own.
 */
function leavesRoom({ database, logDir }: DataPaths, had: boolean): boolean {
  try {
    const { free, reserve } = roomOf(dirname(database))
    const least = reserve * (lastShare + (had ? 0 : slackShare))
    // The file grows by no more than the log's length, which is seen at a glance
    if (free - logBytesOf(database) >= least) return true
    return free - growthFromOutside(database) >= least || !isOnOneDisk(logDir, database)
  } catch {
    // Neither is there yet; or the disk fails, which the store tells
    return true
  }
}

const isOnOneDisk = (one: string, other: string): boolean =>
  statSync(one).dev === statSync(other).dev
