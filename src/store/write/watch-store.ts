import { statSync } from 'node:fs'
import { dirname } from 'node:path'
import {
  clockJumpSeconds,
  diskBytes,
  queueDestinations,
  queueOldestDueSeconds,
  queueOldestSeconds,
  queueRecipients,
  sendsMail,
  storeBytes,
  takesMail,
} from '../../metrics/declared.ts'
import { second } from '../../time/clock.ts'
import { byStatus, openStatuses, statusesInUse } from '../../words/status.ts'
import { logBytesOf } from '../file/move-log.ts'
import { roomOf } from '../file/reserve.ts'
import { countsOfRows, noRows, openCounts } from '../read/open-counts.ts'
import type { GroupCommit } from './group-commit.ts'
import type { TimeWatch } from './time-watch.ts'
import type { Writer } from './writer.ts'

type Watched = Pick<Writer, 'open' | 'memory' | 'connection' | 'now'>

/**
 * Has the store report its numbers. Each is at hand, or one step in an index: a scrape must not keep commits waiting. Returns
 * what ends that.
 */
export function watchStore(
  databasePath: string,
  writer: Watched,
  groups: Pick<GroupCommit, 'takesMail' | 'begins'>,
  time: Pick<TimeWatch, 'jump'>,
): () => void {
  const ends = [
    queueRecipients.read(() => byState(writer)),
    queueDestinations.read(() => writer.open.counts(writer.now()).destinationCount),
    queueOldestSeconds.read(() => ageOfOldest(writer) / second),
    queueOldestDueSeconds.read(() => {
      const now = writer.now()
      const before = writer.open.counts(now).oldestDueBefore
      return before === null ? 0 : Math.max(0, now - before) / second
    }),
    storeBytes.read(() => ({
      database: statSync(databasePath).size,
      log: logBytesOf(databasePath),
    })),
    diskBytes.read(() => {
      const { size, free } = roomOf(dirname(databasePath))
      return { size, free }
    }),
    takesMail.read(() => Number(groups.takesMail)),
    sendsMail.read(() => Number(groups.begins)),
    clockJumpSeconds.read(() => (time.jump?.byMs ?? 0) / second),
  ]
  return () => {
    for (const end of ends) end()
  }
}

/** Those in flight were due, unless somebody held or deferred them meanwhile, which is rare and soon over. */
function byState(writer: Watched) {
  const counts = writer.open.counts(writer.now())
  const inFlight = writer.memory.flight.size
  const rows = countsOfRows(counts, counts.due.count, counts.ownDue)
  const shown = openCounts(counts.open, rows, { ...noRows, queued: inFlight })
  return byStatus(statusesInUse(openStatuses), (status) => shown[status])
}

function ageOfOldest(writer: Watched): number {
  const at = writer.connection
    .sql(
      `SELECT accepted_at AS at FROM message WHERE key = (
         SELECT min(key) / 65536 FROM recipient INDEXED BY recipient_by_state WHERE state = 0)`,
    )
    .get()?.['at']
  return typeof at === 'number' ? Math.max(0, writer.now() - at) : 0
}
