import { random } from '../../time/clock.ts'
import { messageOf, type MessageKey, type RecipientKey } from '../../words/keys.ts'
import type { LastReply, Outcome } from '../../words/outcome.ts'
import { dueAgainAt, retryDelayMs } from '../../words/retry-schedule.ts'
import { number } from '../file/read-row.ts'
import { forgetSession } from './flight.ts'
import type { Begun } from './flight-trace.ts'
import { isUnsaid } from './open-sessions.ts'
import type { FlightSession } from './sessions.ts'
import { settle } from './settle.ts'
import type { Work } from './transaction.ts'

const perSlice = 200

/** RFC 3463 §3.5: the connection broke. */
const enhanced = '4.4.2'
const reply: LastReply = {
  code: null,
  enhanced,
  text: 'the process that was sending it ended; whether a host took it is not known',
  host: null,
}

/**
 * Records of some recipients that a delivery process left in flight that their outcome is unknown: an attempt, and the wait before
 * the next, as delivery itself records a try without a reply. With the last of them the session is forgotten.
 * @returns whether it was the last slice
 */
export function recordUnknown(work: Work, session: FlightSession): boolean {
  const { connection, memory } = work
  const some = firstOf(session.begun, perSlice)
  const unsaid = some.filter(([key, start]) => isUnsaid(connection, key, start))
  const chance = random()
  for (const [message, left] of Map.groupBy(unsaid, ([key]) => messageOf(key))) {
    recordOf(work, session, message, left, chance)
  }
  const isLast = some.length === session.begun.size
  if (isLast) forgetSession(work, session.number)
  work.afterCommit.push(() => {
    const keys = some.map(([key]) => key)
    memory.sessions.end(session, keys)
    if (isLast) memory.sessions.remove(session)
  })
  return isLast
}

function firstOf<T>(all: Iterable<T>, count: number): T[] {
  const some: T[] = []
  for (const one of all) {
    if (some.length === count) break
    some.push(one)
  }
  return some
}

function recordOf(
  work: Work,
  session: FlightSession,
  message: MessageKey,
  left: readonly (readonly [RecipientKey, Begun])[],
  chance: number,
): void {
  const recipients = left.map(([key]) => key)
  const startedAt = Math.min(...left.map(([, { at }]) => at))
  const durationMs = Math.max(0, work.now - startedAt)
  const { code, text, host } = reply
  const said = { code, enhanced, text, host, address: null, tls: null, dialogue: null }
  const command = {
    kind: 'settle',
    session: session.number,
    message,
    attempts: [{ recipients, startedAt, durationMs, ...said }],
    outcomes: recipients.map((key) => deferred(work, session, key, chance)),
    dsn: null,
  } as const
  settle(work, command, { payload: Buffer.alloc(0) })
}

/** The last try is at the end of its life, but none comes at once: a host that took the mail is not to get it again soon. */
function deferred(
  work: Work,
  session: FlightSession,
  recipient: RecipientKey,
  chance: number,
): Outcome {
  const { connection, now } = work
  const { schedule } = session
  const row =
    connection.sql('SELECT attempts, expires_at FROM recipient WHERE key = ?').get(recipient) ?? {}
  const wait = retryDelayMs(number(row, 'attempts') + 1, schedule, chance)
  const lastTryAt = Math.max(number(row, 'expires_at'), now + schedule.firstMs)
  return { recipient, kind: 'deferred', dueAt: dueAgainAt(wait, lastTryAt, now), reply }
}
