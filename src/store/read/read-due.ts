import type { Millis } from '../../time/clock.ts'
import { lineOf, type DueRecipient } from '../../words/due.ts'
import { messageOf, type RecipientKey } from '../../words/keys.ts'
import type { MessageClass } from '../../words/message-class.ts'
import type { DueLanes, DuePosition } from '../protocol/reader.ts'
import { number, type Row } from '../file/read-row.ts'
import type { ReadContext, Reads } from './reads.ts'

/** What is due, found through two indexes of open, unheld recipients: by lane and its lines, and by the moment it waits for. */

const columns = 'key, lane, provider, destination, submitter, class, due_at'
const inLane = 'recipient INDEXED BY recipient_due_in_lane WHERE state = 0 AND held = 0'

// Texts of statements that are asked for a hundred thousand times in one look
const firstOfNextLine = `SELECT key, lane, class, submitter, due_at FROM ${inLane}
  AND (lane, class, submitter) > (?, ?, ?) ORDER BY lane, class, submitter, due_at, key LIMIT 1`
const byKey = `SELECT ${columns}, (SELECT count(*) FROM
  (SELECT 1 FROM ${inLane} AND lane = found.lane LIMIT 2)) = 1 AS is_alone FROM recipient AS found WHERE key = ?`
const lineOfLane = `SELECT ${columns} FROM ${inLane} AND lane = ? AND class = ? AND submitter = ? AND due_at <= ?
  ORDER BY due_at, key LIMIT ?`
const beginningOfLane = `SELECT ${columns} FROM ${inLane} AND lane = ? ORDER BY class, submitter, due_at, key LIMIT ?`
const nextSubmitter = `SELECT submitter, due_at FROM ${inLane} AND lane = ? AND class = ? AND submitter > ? AND submitter <= ?
  ORDER BY submitter, due_at LIMIT 1`

/** A lane with no more rows than this, which nearly all are, is read whole. */
const smallLane = 20

/** Submitters of a lane that get a share of one look; each costs one step in the index. */
const linesPerLook = 500
/** Lines with something due that one look names of a lane: it may have thousands. */
const linesNamed = 8
/** All submitters have higher numbers. */
const nobody = -1
/** All classes have lower numbers. */
const noClass = 2

function readDueLanes(context: ReadContext, after: number, now: Millis, limit: number): DueLanes {
  const { connection } = context
  const nextLine = connection.sql(firstOfNextLine)
  const due: DueRecipient[] = []
  const alone = new Set<RecipientKey>()
  let at = { lane: after, class: noClass, submitter: nobody }
  let looked = 0
  // Most lanes have one line: the step to the next line is the step to the next lane
  for (let named = 0; ;) {
    const first = nextLine.get(at.lane, at.class, at.submitter)
    if (!first) return { due, alone, next: null }
    const lane = number(first, 'lane')
    if (lane !== at.lane) {
      if (looked === limit) return { due, alone, next: at.lane }
      looked++
      named = 0
    }
    at = { lane, class: number(first, 'class'), submitter: number(first, 'submitter') }
    if (number(first, 'due_at') > now) continue
    const row = connection.sql(byKey).get(number(first, 'key'))
    if (row) due.push(dueRecipient(context, row))
    if (row && number(row, 'is_alone') === 1) alone.add(number(row, 'key'))
    if (++named === linesNamed) at = { ...at, class: noClass }
  }
}

function readDueInLane(
  context: ReadContext,
  laneName: string,
  now: Millis,
  loaded: ReadonlyMap<string, number>,
  limit: number,
  after = nobody,
): { due: DueRecipient[]; more: boolean } {
  const found = context.names.findBy(laneName, (lane) => {
    const { due, more } = dueIn(context, lane, now, loaded, limit, after)
    return due.length > 0 ? { due, more } : null
  })
  return found ?? { due: [], more: false }
}

function dueIn(
  context: ReadContext,
  lane: number,
  now: Millis,
  loaded: ReadonlyMap<string, number>,
  limit: number,
  after: number,
): { due: DueRecipient[]; more: boolean } {
  const whole = dueInSmallLane(context, lane, now)
  if (whole && whole.length <= limit) return { due: whole, more: false }
  const lines = dueLines(context, lane, now, linesPerLook, after)
  const due: DueRecipient[] = []
  let more = lines.length === linesPerLook
  let room = limit
  const peers = new Map<MessageClass, number>()
  for (const line of lines) peers.set(line.class, (peers.get(line.class) ?? 0) + 1)
  for (const line of lines) {
    if (room === 0) return { due, more: true }
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

/** All that is due in a lane, in the order of its lines; null where the lane is not small. */
function dueInSmallLane(context: ReadContext, lane: number, now: Millis): DueRecipient[] | null {
  const rows = context.connection.sql(beginningOfLane).all(lane, smallLane + 1)
  if (rows.length > smallLane) return null
  return rows.filter((row) => number(row, 'due_at') <= now).map((row) => dueRecipient(context, row))
}

const dueInLine = (
  context: ReadContext,
  lane: number,
  line: Line,
  now: Millis,
  limit: number,
): DueRecipient[] =>
  lineRows(context, lane, line, now, limit).map((row) => dueRecipient(context, row))

const lineRows = (
  { connection }: ReadContext,
  lane: number,
  line: Line,
  now: Millis,
  limit: number,
): Row[] => connection.sql(lineOfLane).all(lane, line.class, line.submitter, now, limit)

interface Line {
  class: MessageClass
  submitter: number
}

/** The lines of a lane that have something due, in the order of their classes, in each those behind `after` first. */
function dueLines(
  context: ReadContext,
  lane: number,
  now: Millis,
  limit: number,
  after: number,
): Line[] {
  const lines: Line[] = []
  for (const messageClass of [0, 1] as const) {
    for (const [from, to] of [
      [after, Number.MAX_SAFE_INTEGER],
      [nobody, after],
    ] as const) {
      if (from === to) continue
      for (const line of linesBetween(context, lane, now, { class: messageClass, from, to })) {
        lines.push(line)
        if (lines.length === limit) return lines
      }
    }
  }
  return lines
}

function* linesBetween(
  { connection }: ReadContext,
  lane: number,
  now: Millis,
  part: { class: MessageClass; from: number; to: number },
): Generator<Line, void> {
  const next = connection.sql(nextSubmitter)
  for (let { from } = part; ;) {
    const row = next.get(lane, part.class, from, part.to)
    if (!row) return
    from = number(row, 'submitter')
    if (number(row, 'due_at') <= now) yield { class: part.class, submitter: from }
  }
}

const readDueBetween = (
  context: ReadContext,
  after: DuePosition,
  until: Millis,
  limit: number,
): DueRecipient[] =>
  context.connection
    .sql(
      `SELECT ${columns} FROM recipient INDEXED BY recipient_next_due
        WHERE state = 0 AND held = 0 AND waits_for IS NOT NULL AND (due_at, key) > (?, ?) AND due_at <= ?
        ORDER BY due_at, key LIMIT ?`,
    )
    .all(after.dueAt, after.recipient, until, limit)
    .map((row) => dueRecipient(context, row))

function dueRecipient({ names }: ReadContext, row: Row): DueRecipient {
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

export const dueReads = {
  dueLanes: readDueLanes,
  dueInLane: readDueInLane,
  dueBetween: readDueBetween,
} satisfies Partial<Reads>
