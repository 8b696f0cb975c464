import type { Submitter } from '../words/submitter.ts'
import type { Draft } from '../submission/draft.ts'
import type { Intake } from '../submission/intake.ts'
import type { AuthExchange } from './auth-exchange.ts'
import type { CountedConnection } from './connection-caps.ts'

/** What we know of one connection beside what Haraka keeps. */
export interface Session {
  /** What the connection takes up of the caps, until its socket is closed. */
  place: CountedConnection | null
  /** Who submits: a login, or a trusted network; null before either. */
  submitter: Submitter | null
  /** A login in several lines that is under way; each line that comes is its next (RFC 4954 §4). */
  exchange: AuthExchange | null
  /** Aborts the login that is being checked, once the client is gone. */
  login: AbortController | null
  failedLogins: number
  /** The transaction from MAIL on. */
  draft: Draft | null
  /** When MAIL was accepted. */
  draftedAt: number
  /** Its octets, from 354 on. */
  intake: Intake | null
  /** When DATA was said, on the clock of the context. */
  dataAt: number
  /** When DATA or a command line that is still incomplete began. */
  startedAt: number | null
  /** The rest of a line that was too long is being dropped. */
  skipping: boolean
  /** The socket isn't read, since the client is far ahead of us. */
  halted: boolean
  /** Runs while replies pile up that the client doesn't read; nothing more is done for it meanwhile. */
  drainTimer: NodeJS.Timeout | null
  /** The client has said all that it will say, and may still wait for answers. */
  ended: boolean
  /** The next command's turn comes when other clients had theirs. */
  goesOnSoon: boolean
  /** Syntax errors and the like since the last accepted message. */
  mistakes: number
  /** Commands since the last accepted message that brought none nearer. */
  junk: number
  /** The command that is being answered, in upper case. */
  verb: string
  /** What MAIL or RCPT say; empty for other commands, whose arguments may hold a password. */
  argument: string
}

export const newSession = (): Session => ({
  place: null,
  submitter: null,
  exchange: null,
  login: null,
  failedLogins: 0,
  draft: null,
  draftedAt: 0,
  intake: null,
  dataAt: 0,
  startedAt: null,
  skipping: false,
  halted: false,
  drainTimer: null,
  ended: false,
  goesOnSoon: false,
  mistakes: 0,
  junk: 0,
  verb: '',
  argument: '',
})
