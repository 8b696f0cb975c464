import { day, second } from '../time/clock.ts'
import { deleteChunks, dropUpload } from './accept.ts'
import { leftToCancel } from './flight.ts'
import type { GroupCommit } from './group-commit.ts'
import { dropEmptyHolds } from './holds.ts'
import { attemptsPerMessage, firstRecipient, hourOf } from './keys.ts'
import { messageBefore } from './message-times.ts'
import { cancel, releaseSlice } from './operate.ts'
import { endStanding } from './operations.ts'
import type { Work } from './transaction.ts'

const perSlice = 200
const everyMs = 30 * second

/** Tidies, in slices between the groups: bytes and records past their time, holds that end, what a crash left over. */
export class Sweeps {
  readonly #groups: GroupCommit
  #timer: NodeJS.Timeout | null = null
  #running = false

  constructor(groups: GroupCommit) {
    this.#groups = groups
  }

  start(): void {
    this.#groups.addSlices(sweepUploads, () => undefined)
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
      sweepContent,
      sweepRecords(),
      sweepEvents,
      sweepHolds,
      sweepCounters,
      cancelLeftSlice,
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

const sweepUploads: Slice = (work) => {
  const uploads = keysOf(work.connection.sql('SELECT key FROM upload LIMIT ?').all(perSlice))
  const orphans = uploads.filter((upload) => !work.memory.uploads.has(upload))
  for (const upload of orphans) dropUpload(work, upload)
  return orphans.length === 0
}

const sweepContent: Slice = (work) => {
  const keys = keysOf(
    work.connection
      .sql('SELECT key FROM message WHERE content_until <= ? LIMIT ?')
      .all(work.now, perSlice),
  )
  for (const key of keys) {
    deleteChunks(work, key)
    work.connection.sql('UPDATE message SET content_until = NULL WHERE key = ?').run(key)
  }
  return keys.length < perSlice
}

function sweepRecords(): Slice {
  let position = 0
  return (work) => {
    const { connection, retention, now } = work
    const keys = keysOf(
      connection
        .sql(
          'SELECT key FROM message WHERE key > ? AND key <= ? AND settled_at < ? ORDER BY key LIMIT ?',
        )
        .all(
          position,
          messageBefore(connection, now - retention.recordsMs),
          now - retention.recordsMs,
          perSlice,
        ),
    )
    for (const key of keys) {
      deleteChunks(work, key)
      deleteRange(work, 'recipient', firstRecipient(key), firstRecipient(key + 1))
      deleteRange(work, 'attempt', key * attemptsPerMessage, (key + 1) * attemptsPerMessage)
      connection.sql('DELETE FROM message WHERE key = ?').run(key)
    }
    position = keys.at(-1) ?? position
    return keys.length < perSlice
  }
}

function deleteRange(work: Work, table: 'recipient' | 'attempt', from: number, to: number): void {
  work.connection.sql(`DELETE FROM ${table} WHERE key >= ? AND key < ?`).run(from, to)
}

/** The last event stays for good, so that numbers are never given twice. */
const sweepEvents: Slice = (work) => {
  const { changes } = work.connection
    .sql(
      `DELETE FROM event WHERE seq IN (SELECT seq FROM (SELECT seq, at FROM event ORDER BY seq LIMIT ?)
         WHERE at < ? AND seq < (SELECT max(seq) FROM event))`,
    )
    .run(perSlice, work.now - work.retention.recordsMs)
  return Number(changes) < perSlice
}

const sweepHolds: Slice = (work) => {
  const hold = work.connection.sql('SELECT id FROM hold WHERE until <= ? LIMIT 1').get(work.now)
  if (!hold) {
    dropEmptyHolds(work.connection)
    return true
  }
  const id = Number(hold['id'])
  const standing = work.memory.standing.find((other) => other.id === id)
  if (standing) endStanding(work, standing)
  releaseSlice(work, id)
  return false
}

const sweepCounters: Slice = (work) => {
  work.connection.sql('DELETE FROM usage WHERE hour < ?').run(hourOf(work.now - 2 * day))
  return true
}

const cancelLeftSlice: Slice = (work) => {
  const keys = leftToCancel(work.connection, work.memory, perSlice)
  cancel(work, keys, { actor: 'purge', reason: null })
  return keys.length < perSlice
}
