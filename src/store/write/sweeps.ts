import { day, second } from '../../time/clock.ts'
import { dropUpload } from './accept.ts'
import { chunkBytes } from '../protocol/commands.ts'
import { leftToCancel } from './flight.ts'
import { boundTimes, type TimeBounds } from './bound-times.ts'
import type { GroupCommit } from './group-commit.ts'
import { dropEmptyHolds } from './holds.ts'
import { attemptsPerMessage, chunksPerMessage, hourOf } from '../file/keys.ts'
import { firstRecipient } from '../../words/keys.ts'
import { principalName } from '../../words/principal.ts'
import { lastMessageBefore } from '../file/message-times.ts'
import { cancel, releaseSlice } from './operate.ts'
import { endStanding } from './operations.ts'
import { sweepNames } from './sweep-names.ts'
import { theStore, type Work } from './transaction.ts'

const perSlice = 200
/** Rows that are deleted at the front of their table, which costs little. */
const eventsPerSlice = 1000
/** Free pages that are kept for what comes: 64 MB, or so much of the whole. */
const keptFreePages = 16_384
const keptFreeShare = 0.25
const pagesPerSlice = 500
/** Pieces of messages: each may be 256 KB. */
const chunksPerSlice = 64
const everyMs = 30 * second

/** Tidies, in slices between the groups: bytes and records past their time, holds that end, what a crash left over. */
export class Sweeps {
  readonly #groups: GroupCommit
  readonly #bounds: TimeBounds
  #timer: NodeJS.Timeout | null = null
  #running = false

  constructor(groups: GroupCommit, bounds: TimeBounds) {
    this.#groups = groups
    this.#bounds = bounds
  }

  start(): void {
    this.#timer = setInterval(() => this.#sweep(), everyMs)
    this.#sweep()
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer)
  }

  /** What was purged in flight and fell out of the air is never tried again. */
  cancelLeft(): void {
    this.#groups.addSlices(cancelLeftSlice, () => undefined)
  }

  #sweep(): void {
    if (this.#running) return
    this.#running = true
    const steps = [
      boundTimes(this.#bounds),
      sweepUploads(),
      sweepContent,
      sweepRecords(),
      sweepEvents,
      sweepHolds,
      sweepEmptyHolds(),
      sweepCounters,
      cancelLeftSlice,
      giveBackSpace,
    ]
    let at = 0
    this.#groups.addSlices(
      (work) => {
        if (steps[at]?.(work) ?? true) at++
        return at >= steps.length
      },
      () => (this.#running = false),
    )
  }
}

/** One slice of a sweep; true when there is no more. */
type Slice = (work: Work) => boolean

const keysOf = (rows: readonly Record<string, unknown>[], column = 'key'): number[] =>
  rows.map((row) => Number(row[column]))

/** What came of messages that were never accepted, and that nobody is sending any more. */
function sweepUploads(): Slice {
  let position = -1
  return (work) => {
    const uploads = keysOf(
      work.connection
        .sql('SELECT key FROM upload WHERE key > ? ORDER BY key LIMIT ?')
        .all(position, perSlice),
    )
    const orphan = uploads.find((upload) => !work.memory.uploads.has(upload))
    if (orphan === undefined) {
      position = uploads.at(-1) ?? position
      return uploads.length < perSlice
    }
    if (deleteSomeChunks(work, orphan)) dropUpload(work, orphan)
    return false
  }
}

const sweepContent: Slice = (work) => {
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

function sweepRecords(): Slice {
  let position = 0
  return (work) => {
    const { connection, retention, now } = work
    const until = now - retention.recordsMs
    const rows = connection
      .sql(
        `SELECT key, chunks, recipients FROM message WHERE key > ? AND key <= ? AND settled_at < ?
          ORDER BY key LIMIT ?`,
      )
      .all(position, lastMessageBefore(connection, until), until, perSlice)
    let left = perSlice
    for (const row of rows) {
      if (left <= 0) return false
      left -= Number(row['recipients'])
      const key = Number(row['key'])
      if (!deleteRecord(work, key, Number(row['chunks']))) return false
      work.afterCommit.push(() => (position = key))
    }
    return rows.length < perSlice
  }
}

/** @returns whether that was all of it; a message of many recipients or bytes takes several slices */
function deleteRecord(work: Work, key: number, chunks: number): boolean {
  if (!deleteSomeChunks(work, chunks)) return false
  const [first, end] = [firstRecipient(key), firstRecipient(key + 1)]
  const others = deleteRecipients(work, first + 1, end)
  sweepNames(work, others)
  if (others.length === perSlice) return false
  const attempts = [key * attemptsPerMessage, (key + 1) * attemptsPerMessage] as const
  if (!deleteSome(work, 'attempt', 'key', attempts, perSlice)) return false
  // Its first recipient goes with it: no message is ever without one.
  sweepNames(work, deleteRecipients(work, first, end))
  work.connection.sql('DELETE FROM message WHERE key = ?').run(key)
  return true
}

/** Deletes some from a range of keys. @returns the names that they had */
const deleteRecipients = ({ connection }: Work, from: number, end: number) =>
  connection
    .sql(
      `DELETE FROM recipient WHERE key IN (SELECT key FROM recipient WHERE key >= ? AND key < ? LIMIT ?)
         RETURNING destination, sender_domain, tag`,
    )
    .all(from, end, perSlice)

const chunkRange = (chunks: number): readonly [number, number] => [
  chunks * chunksPerMessage,
  (chunks + 1) * chunksPerMessage,
]

const deleteSomeChunks = (work: Work, chunks: number): boolean =>
  deleteSome(work, 'chunk', 'id', chunkRange(chunks), chunksPerSlice)

/** Deletes rows from a range of keys, not more than so many. @returns whether none is left */
function deleteSome(
  work: Work,
  table: 'attempt' | 'chunk',
  key: 'key' | 'id',
  [from, end]: readonly [number, number],
  limit: number,
): boolean {
  const { changes } = work.connection
    .sql(
      `DELETE FROM ${table} WHERE ${key} IN (SELECT ${key} FROM ${table} WHERE ${key} >= ? AND ${key} < ? LIMIT ?)`,
    )
    .run(from, end, limit)
  return Number(changes) < limit
}

/** The last event stays for good, so that numbers are never given twice. */
const sweepEvents: Slice = (work) => {
  const { changes } = work.connection
    .sql(
      `DELETE FROM event WHERE seq IN (SELECT seq FROM (SELECT seq, at FROM event ORDER BY seq LIMIT ?)
         WHERE at < ? AND seq < (SELECT max(seq) FROM event))`,
    )
    .run(eventsPerSlice, work.now - work.retention.recordsMs)
  return Number(changes) < eventsPerSlice
}

const sweepHolds: Slice = (work) => {
  const hold = work.connection.sql('SELECT id FROM hold WHERE until <= ? LIMIT 1').get(work.now)
  if (!hold) return true
  const id = Number(hold['id'])
  const standing = work.memory.standing.find((other) => other.id === id)
  if (standing) endStanding(work, standing, theStore)
  releaseSlice(work, id)
  return false
}

function sweepEmptyHolds(): Slice {
  let position = 0
  return (work) => {
    const reached = dropEmptyHolds(work.connection, position, perSlice)
    position = reached ?? position
    return reached === null
  }
}

/** What a clock that was ahead has counted in hours to come counts as taken in this one. */
const sweepCounters: Slice = ({ connection, now }) => {
  const hour = hourOf(now)
  connection.sql('DELETE FROM usage WHERE hour < ?').run(hourOf(now - 2 * day))
  const { changes } = connection
    .sql(
      `INSERT INTO usage (submitter, hour, recipients)
         SELECT submitter, :hour, sum(recipients) FROM usage WHERE hour > :hour GROUP BY submitter
       ON CONFLICT DO UPDATE SET recipients = recipients + excluded.recipients`,
    )
    .run({ hour })
  if (Number(changes) > 0) connection.sql('DELETE FROM usage WHERE hour > ?').run(hour)
  return true
}

/**
 * Gives pages that came free back to the disk when they are many: else a disk that mail had filled would stay full,
 * and new mail refused, however much was purged. Some are kept, as the next mail needs them.
 */
const giveBackSpace: Slice = ({ connection }) => {
  const pragma = (name: string): number =>
    Number(Object.values(connection.sql(`PRAGMA ${name}`).get() ?? {})[0])
  const free = pragma('freelist_count')
  if (free < keptFreePages || free < pragma('page_count') * keptFreeShare) return true
  connection.sql(`PRAGMA incremental_vacuum(${pagesPerSlice})`).all()
  return false
}

/** Waits for those that may have it in flight, or it would be booked as cancelled while a host takes it. */
const cancelLeftSlice: Slice = (work) => {
  if (!work.memory.sessions.isKnown) return true
  const keys = leftToCancel(work.connection, work.memory, perSlice)
  cancel(work, keys, { actor: principalName(theStore), reason: 'purged in flight' })
  return keys.length < perSlice
}
