import { FreshMap } from '../../src/collections/fresh.ts'
import type { FollowCommand } from '../../src/store/protocol/commands.ts'
import { start } from '../../src/store/write/flight.ts'
import type { Begun } from '../../src/store/write/flight-trace.ts'
import type { FlightSession } from '../../src/store/write/sessions.ts'
import type { Writer } from '../../src/store/write/writer.ts'
import { minute } from '../../src/time/clock.ts'

let opened = 0

/** The number that a fresh store gives first. */
export const firstSession = 1

/** Opens a session, under a lock of its own unless said otherwise. */
export const follow = (more: Partial<FollowCommand> = {}): FollowCommand => ({
  kind: 'follow',
  session: null,
  inFlight: [],
  lock: `lock ${opened++}`,
  schedule: { firstMs: minute, longestMs: 4 * minute, factor: 2 },
  ...more,
})

/** A session in the memory of a store without a socket. */
export function sessionIn({ writer }: { writer: Writer }): FlightSession {
  const { sessions } = writer.memory
  const known = sessions.find(firstSession)
  if (known) return known
  const { lock, schedule } = follow()
  const session = { number: firstSession, lock, schedule, begun: new FreshMap<number, Begun>() }
  sessions.add(session)
  return session
}

/** Starts recipients in that session. */
export const startIn = (pieces: { writer: Writer }, recipients: readonly number[], now: number) =>
  start(
    pieces.writer.connection,
    pieces.writer.memory.sessions,
    sessionIn(pieces),
    { recipients },
    now,
  )
