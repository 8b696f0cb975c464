import type { Millis } from '../../time/clock.ts'
import { firstRecipient, type MessageKey } from '../../words/keys.ts'
import { attemptsPerMessage } from '../file/keys.ts'
import { lastMessageBefore } from '../file/message-times.ts'
import { number, type Row } from '../file/read-row.ts'
import { dropEndedOperations } from './write-operation.ts'
import { deleteSomeChunks } from './sweep-content.ts'
import { sweepNames } from './sweep-names.ts'
import type { Slice, Sweep, Work } from './transaction.ts'

const perSlice = 200
/** So many messages that have to stay are looked at in one round; the next goes on from there. */
const staysPerRound = 2000
/** Events lie at the front of their table, which costs little. */
const eventsPerSlice = 1000

/**
 * Records of messages that settled long ago. It walks along the keys, in rounds, over what is old enough: most of that goes;
 * what stays, as it is open or settled later, is passed over, and a round of much of it ends where the next goes on.
 */
export function sweepRecords(): Sweep {
  let position = -1
  return () => {
    let stays = 0
    return (work) => {
      const until = work.now - work.retention.recordsMs
      const rows = messagesAfter(work, position, lastMessageBefore(work.connection, until))
      const done = deleteRecords(work, rows, until)
      const atEnd = done.passed === rows.length && rows.length < perSlice
      if (atEnd) forgetBreaks(work)
      work.afterCommit.push(() => {
        position = atEnd ? -1 : (done.last ?? position)
        stays += done.stayed
      })
      return atEnd || stays + done.stayed >= staysPerRound
    }
  }
}

const messagesAfter = ({ connection }: Work, after: MessageKey, last: MessageKey): Row[] =>
  connection
    .sql(
      `SELECT key, chunks, recipients, settled_at FROM message WHERE key > ? AND key <= ?
        ORDER BY key LIMIT ?`,
    )
    .all(after, last, perSlice)

/** @returns how many of them were passed, the last of these, and how many of them stay */
function deleteRecords(work: Work, rows: readonly Row[], until: Millis) {
  const done = { passed: 0, last: null as MessageKey | null, stayed: 0 }
  let left = perSlice
  for (const row of rows) {
    if (left <= 0) break
    const key = number(row, 'key')
    if (row['settled_at'] === null || number(row, 'settled_at') >= until) done.stayed++
    else {
      left -= number(row, 'recipients')
      if (!deleteRecord(work, key, number(row, 'chunks'))) break
    }
    done.last = key
    done.passed++
  }
  return done
}

/** @returns whether that was all of it; a message of many recipients or bytes takes several slices */
function deleteRecord(work: Work, key: MessageKey, chunks: number): boolean {
  if (!deleteSomeChunks(work, chunks)) return false
  const [first, end] = [firstRecipient(key), firstRecipient(key + 1)]
  const others = deleteRecipients(work, first + 1, end)
  sweepNames(work, others)
  if (others.length === perSlice) return false
  if (!deleteSomeAttempts(work, key)) return false
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
         RETURNING destination, sender_domain, tag, lane`,
    )
    .all(from, end, perSlice)

/** @returns whether none is left */
function deleteSomeAttempts({ connection }: Work, message: MessageKey): boolean {
  const { changes } = connection
    .sql(
      'DELETE FROM attempt WHERE key IN (SELECT key FROM attempt WHERE key >= ? AND key < ? LIMIT ?)',
    )
    .run(message * attemptsPerMessage, (message + 1) * attemptsPerMessage, perSlice)
  return Number(changes) < perSlice
}

/** Before the first message that is kept nothing is in any order. */
const forgetBreaks = ({ connection }: Work): unknown =>
  connection.sql('DELETE FROM acceptance_break WHERE key <= (SELECT min(key) FROM message)').run()

/** The last event stays for good, so that numbers are never given twice. */
export const sweepEvents: Slice = (work) => {
  const { changes } = work.connection
    .sql(
      `DELETE FROM event WHERE seq IN (SELECT seq FROM (SELECT seq, at FROM event ORDER BY seq LIMIT ?)
         WHERE at < ? AND seq < (SELECT max(seq) FROM event))`,
    )
    .run(eventsPerSlice, work.now - work.retention.recordsMs)
  return Number(changes) < eventsPerSlice
}

/** Operations that ended long ago. */
export const sweepOperations: Slice = (work) =>
  dropEndedOperations(work, work.now - work.retention.recordsMs, perSlice)
