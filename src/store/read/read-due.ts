import type { Millis } from '../../time/clock.ts'
import { lineOf, type DueRecipient } from '../../words/due.ts'
import { messageOf } from '../../words/keys.ts'
import type { MessageClass } from '../../words/message-class.ts'
import type { Connection } from '../file/database.ts'
import type { Names } from '../file/names.ts'
import type { DuePosition } from '../protocol/reader.ts'
import { number, type Row } from '../file/read-row.ts'

/** What is due, found through two indexes of open, unheld recipients: by lane and its lines, and by due time alone. */

interface Context {
  connection: Connection
  names: Names
}

const columns = 'key, lane, provider, destination, submitter, class, due_at'
const inLane = 'recipient INDEXED BY recipient_due_in_lane WHERE state = 0 AND held = 0'

/** Submitters of a lane that get a share of one look; each costs one step in the index. */
const linesPerLook = 500

export function readDueLanes(
  context: Context,
  after: number,
  now: Millis,
  limit: number,
): { due: DueRecipient[]; next: number | null } {
  const { connection } = context
  const nextLane = connection.sql(`SELECT min(lane) AS lane FROM ${inLane} AND lane > ?`)
  const due: DueRecipient[] = []
  let position = after
  for (let looked = 0; looked < limit; looked++) {
    const lane = nextLane.get(position)?.['lane']
    if (typeof lane !== 'number') return { due, next: null }
    position = lane
    const [line] = dueLines(context, lane, now, 1)
    if (line) due.push(...dueInLine(context, lane, line, now, 1))
  }
  return { due, next: position }
}

export function readDueInLane(
  context: Context,
  laneName: string,
  now: Millis,
  loaded: ReadonlyMap<string, number>,
  limit: number,
): { due: DueRecipient[]; more: boolean } {
  const lane = context.names.find(laneName)
  if (lane === undefined) return { due: [], more: false }
  const lines = dueLines(context, lane, now, linesPerLook)
  const due: DueRecipient[] = []
  let more = lines.length === linesPerLook
  let room = limit
  const peers = new Map<MessageClass, number>()
  for (const line of lines) peers.set(line.class, (peers.get(line.class) ?? 0) + 1)
  for (const line of lines) {
    const left = peers.get(line.class) ?? 1
    peers.set(line.class, left - 1)
    const share = Math.ceil(room / left)
    const width = share + (loaded.get(lineOf(line)) ?? 0)
    const found = dueInLine(context, lane, line, now, width)
    for (const recipient of found) due.push(recipient)
    more ||= found.length === width
    room = Math.max(0, room - Math.min(share, found.length))
  }
  return { due, more }
}

const dueInLine = (
  context: Context,
  lane: number,
  line: Line,
  now: Millis,
  limit: number,
): DueRecipient[] =>
  context.connection
    .sql(
      `SELECT ${columns} FROM ${inLane} AND lane = ? AND class = ? AND submitter = ? AND due_at <= ?
        ORDER BY due_at, key LIMIT ?`,
    )
    .all(lane, line.class, line.submitter, now, limit)
    .map((row) => dueRecipient(context, row))

interface Line {
  class: MessageClass
  submitter: number
}

/** The lines of a lane that have something due, in the order of their classes. */
function dueLines({ connection }: Context, lane: number, now: Millis, limit: number): Line[] {
  const next = connection.sql(
    `SELECT class, submitter, due_at FROM ${inLane} AND lane = ? AND (class, submitter) > (?, ?)
      ORDER BY class, submitter, due_at LIMIT 1`,
  )
  const lines: Line[] = []
  let row = next.get(lane, -1, -1)
  for (; row && lines.length < limit;) {
    const line = {
      class: number(row, 'class') as MessageClass,
      submitter: number(row, 'submitter'),
    }
    if (number(row, 'due_at') <= now) lines.push(line)
    row = next.get(lane, line.class, line.submitter)
  }
  return lines
}

export const readDueBetween = (
  context: Context,
  after: DuePosition,
  until: Millis,
  limit: number,
): DueRecipient[] =>
  context.connection
    .sql(
      `SELECT ${columns} FROM recipient INDEXED BY recipient_next_due
        WHERE state = 0 AND held = 0 AND (due_at, key) > (?, ?) AND due_at <= ? ORDER BY due_at, key LIMIT ?`,
    )
    .all(after.dueAt, after.recipient, until, limit)
    .map((row) => dueRecipient(context, row))

function dueRecipient({ names }: Context, row: Row): DueRecipient {
  const key = number(row, 'key')
  const provider = row['provider']
  return {
    message: messageOf(key),
    recipient: key,
    lane: names.textOf(number(row, 'lane')),
    // One whose name was swept is as unknown as one that was not looked up yet
    provider: (typeof provider === 'number' && names.textOf(provider)) || null,
    destination: names.textOf(number(row, 'destination')),
    submitter: number(row, 'submitter'),
    class: number(row, 'class') as MessageClass,
    dueAt: number(row, 'due_at'),
  }
}
