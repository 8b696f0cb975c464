import type { Settings } from '../config/settings.ts'
import type { Logger } from '../log/logger.ts'
import type { Submission } from '../submission/submission.ts'
import type { ConnectionCaps } from './connection-caps.ts'
import type { Connection } from './connection.ts'

/** What hooks and connections of one server share; Haraka carries it in the notes of its listeners. */
export interface SmtpContext {
  readonly settings: Settings
  readonly submission: Submission
  readonly caps: ConnectionCaps
  /** All that are open. */
  readonly connections: Set<Connection>
  readonly log: Logger
  readonly now: () => number
  /** How long a failed login waits for its answer: this, times the number of failures of the connection. */
  readonly failedLoginDelayMs: number
  /** Set at the beginning of the end: no new transaction begins. */
  draining: boolean
}
