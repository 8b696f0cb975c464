import type { Settings } from '../config/settings.ts'
import type { Logger } from '../log/logger.ts'
import type { Submission } from '../submission/submission.ts'
import type { Millis } from '../time/clock.ts'
import type { ConnectionCaps } from './connection-caps.ts'
import type { PacedConnection } from './paced-connection.ts'

/** Spans for which there is no setting. */
export interface Patience {
  /** How long a failed login waits for its answer: this, times the number of failures of the connection. */
  failedLoginDelayMs: Millis
  /** How long a TLS handshake may take. */
  handshakeMs: Millis
  /** How long a client that we are done with may take to close its side. */
  lingerMs: Millis
}

/** What hooks and connections of one server share; Haraka carries it in the notes of its listeners. */
export interface SmtpContext {
  readonly settings: Settings
  readonly submission: Submission
  readonly caps: ConnectionCaps
  /** All that are open. */
  readonly connections: Set<PacedConnection>
  readonly log: Logger
  /** Measures spans alone: a clock that never jumps. */
  readonly now: () => Millis
  readonly patience: Patience
  /** Set at the beginning of the end: no new transaction begins. */
  draining: boolean
}
