import type { Settings } from '../config/settings.ts'
import type { GatheredLog } from '../log/gathered-log.ts'
import type { Logger } from '../log/logger.ts'
import type { Reply } from '../mail/reply.ts'
import type { RefusalCounts } from '../submission/refusal-counts.ts'
import type { Submission } from '../submission/submission.ts'
import type { Millis } from '../time/clock.ts'
import type { ConnectionCaps } from './connection-caps.ts'
import type { Session } from './session.ts'

/** Spans for which there is no setting. */
export interface Patience {
  /** How long a failed login waits for its answer: this, times the number of failures of the connection. */
  failedLoginDelayMs: Millis
  /** How long a TLS handshake may take. */
  handshakeMs: Millis
  /** How long a client that we are done with may take to close its side. */
  lingerMs: Millis
}

/** A client's connection, as far as the end of the server concerns it. */
export interface OpenConnection {
  readonly transaction: object | null
  readonly session: Pick<Session, 'draft' | 'submitter'>
  /** Nothing is being done for the client now. */
  readonly awaitsCommand: boolean
  /** Says why and closes. */
  leave(reply: Reply): void
  /** Closes without a word. */
  hangUp(): void
}

/** What hooks and connections of one server share; Haraka carries it in the notes of its listeners. */
export interface SmtpContext {
  readonly settings: Settings
  readonly submission: Submission
  readonly caps: ConnectionCaps
  /** All that are open. */
  readonly connections: Set<OpenConnection>
  readonly log: Logger
  /** What was refused, by submitter and reason. */
  readonly refusals: RefusalCounts
  /** The lines of refusals that clients can cause who have not logged in. */
  readonly strangers: GatheredLog
  /** … and those of submitters that tell of the relay's own state; as errors where there was a fault. */
  readonly ownState: Readonly<Record<'info' | 'error', GatheredLog>>
  /** TLS handshakes that failed, which any stranger can cause. */
  readonly handshakes: GatheredLog
  /** Faults of hooks: a client that finds one can cause it as often as it likes. */
  readonly faults: GatheredLog
  /** Measures spans alone: a clock that never jumps. */
  readonly now: () => Millis
  readonly patience: Patience
  /** Set at the beginning of the end: no new transaction begins. */
  draining: boolean
}

export interface SmtpServer {
  /** Actual addresses, `address:port`. */
  ports: { starttls: string[]; implicit: string[] }
  /** Takes no more mail, lets transactions under way end, then closes. */
  close(): Promise<void>
}
