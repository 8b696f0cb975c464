/** Everything that can be asked of the one process that writes; README.md names the obligations of both sides. */
import type { Millis } from '../../time/clock.ts'
import type { AnyEvent } from '../../words/event.ts'
import type { MessageKey, RecipientKey } from '../../words/keys.ts'
import type { HoldScope } from '../../words/hold-scope.ts'
import type { NewMessage, Notification } from '../../words/message.ts'
import type { Action } from '../../words/operation.ts'
import type { Attempt, Outcome } from '../../words/outcome.ts'
import type { Party } from '../../words/party.ts'
import type { DueWork } from '../../words/due.ts'
import type { Take } from '../../words/usage.ts'
import type { Filter } from '../../words/filter.ts'
import type { RefusalReason } from '../../words/refusal-reason.ts'
import type { ToldNumber } from '../../words/remembered.ts'
import type { RetrySchedule } from '../../words/retry-schedule.ts'
import type { AccountCommand } from './account-commands.ts'
import type { BlockersChange } from './blockers.ts'
import type { GroupsQuestion } from './groups.ts'

/** One piece of a message's bytes, sent ahead while DATA arrives. Payload: the bytes, at most `chunkBytes`. */
export interface ChunkCommand {
  kind: 'chunk'
  /** null opens a new upload; its number comes back and names the following pieces. */
  upload: number | null
}

/** Drops an upload that will not be accepted. */
export interface AbandonCommand {
  kind: 'abandon'
  upload: number
}

/** Takes responsibility for a message (RFC 5321 §4.2.5). Payload: the last piece of its bytes (may be all of them). */
export interface AcceptCommand {
  kind: 'accept'
  upload: number | null
  message: NewMessage
  takes: readonly Take[]
}

/**
 * The number of a session of flight: one life of one sending process. The store gives it, and gives none twice. `start`,
 * `unstart` and `settle` are refused where the session is not open on the connection that they come by.
 */
export type SessionNumber = number

/** Asks for recipients to be marked in flight; those that are not due any more (held, settled, later) are left out. */
export interface StartCommand {
  kind: 'start'
  session: SessionNumber
  recipients: readonly RecipientKey[]
}

/** Gives recipients back that were started but not tried; nothing is recorded. */
export interface UnstartCommand {
  kind: 'unstart'
  session: SessionNumber
  recipients: readonly RecipientKey[]
}

/**
 * Records one try. A bounce and its DSN are one command: `dsn` is accepted in the same transaction, its bytes are the
 * payload. Outcomes may wait a few milliseconds for company; an accept never waits for them.
 */
export interface SettleCommand {
  kind: 'settle'
  session: SessionNumber
  message: MessageKey
  /**
   * One for each host that was tried, in order. An outcome comes from the last attempt that names its recipient; a
   * recipient that no attempt names was not tried.
   */
  attempts: readonly Attempt[]
  outcomes: readonly Outcome[]
  dsn: Notification | null
}

/** What starts an operation. It is a row from its first slice on, and goes on after a restart of the store. */
interface StartsOperation {
  /** Its outside id, a ULID; said again with the same id it is the same operation. Absent: the store gives it one. */
  id?: string
  /** When it is answered: after its first slice, or its last one (also where this is absent). */
  answer?: 'begun' | 'ended'
}

/** Changes exactly the recipients that match; runs in slices between other commands. */
export interface OperateCommand extends StartsOperation {
  kind: 'operate'
  action: Action
  filter: Filter
  /** As whom holds are set and lifted: each lifts only its own. */
  party: Party
  reason: string | null
  /** Only for holds: when they end by themselves. */
  until: Millis | null
  /** Only counts; no row is made. */
  dryRun: boolean
}

/** Ends an operation before its last slice; what was done stays done. A party stops only its own. */
export interface StopOperationCommand {
  kind: 'stop-operation'
  id: string
  party: Party
}

/**
 * A standing hold: applies to what is queued and to what still comes, until lifted. Where the party has one of the same
 * scope and value, that one gets the new reason and end.
 */
export interface PutHoldCommand extends StartsOperation {
  kind: 'put-hold'
  scope: HoldScope
  value: string
  party: Party
  reason: string | null
  until: Millis | null
}
/** Ends a standing hold, and frees whom it holds. */
export interface LiftHoldCommand extends StartsOperation {
  kind: 'lift-hold'
  scope: HoldScope
  value: string
  party: Party
}

/** Records an event that no other command of the store records by itself, such as lost contact with Redis. */
export interface NoteCommand {
  kind: 'note'
  happened: AnyEvent
  /** The message it happened to; absent: that of `holdMessage`, or it happened to the relay. */
  message?: MessageKey
  /** When set, this message is held by party `restore` in the same transaction. */
  holdMessage?: { message: MessageKey; reason: string }
}

/** Remembers a number by name, in the place of the one before. */
interface RememberCommand {
  kind: 'remember'
  name: ToldNumber
  /** Whose it is, where there are several of this name. */
  whose?: string
  /** null: it is forgotten. */
  value: number | null
}

/** Somebody is about to read the content of a message: told first, so that none is read unseen. */
export interface NoteContentReadCommand {
  kind: 'note-content-read'
  /** The message's outside id. */
  message: string
}

/** Refusals at the door that happened since the last command, to be counted in the current hour. */
export interface CountRefusalsCommand {
  kind: 'count-refusals'
  refusals: readonly CountedRefusals[]
}

export interface CountedRefusals {
  /** A submitter's name, or `strangers` (words/refusal-reason.ts). */
  submitter: string
  reason: RefusalReason
  count: number
  /** What the last of them was told. */
  text: string
}

/**
 * A delivery process's first command on a connection: from here on it is pushed what becomes due, beginning after the answer. Every
 * delivery process is pushed all of it; each recipient is sent by the one that starts it first.
 */
export interface FollowCommand {
  kind: 'follow'
  /** The session that it had before its connection ended; null opens a new one. */
  session: SessionNumber | null
  /** What it has in flight now; what else the session had is in flight no more. */
  inFlight: readonly RecipientKey[]
  /** Names the exclusive lock that the delivery process holds: an earlier session under the same name is dead. */
  lock: string
  /** How long recipients wait whose delivery process died, as their outcome is unknown then. */
  schedule: RetrySchedule
}

/**
 * Tells in which lane the mail of destinations waits, as a look-up has named their hosts. What waits for the look-up moves
 * there and is pushed, and new mail goes there at once.
 */
export interface PlaceCommand {
  kind: 'place'
  placements: readonly Placement[]
}

export interface Placement {
  destination: string
  lane: string
  provider: string
  /** Recipients that wait in the lane of other hosts, where the destination was before. */
  recipients: readonly RecipientKey[]
}

/** What keeps a delivery process from sending, as it says itself after `follow`. Kept in memory, and for as long as its connection stands. */
interface BlockersCommand extends BlockersChange {
  kind: 'blockers'
}

/** Somebody has looked at the clock after a jump: what it says now is right. */
export interface AcceptClockCommand {
  kind: 'accept-clock'
}

/** What is in flight now, what keeps delivery from sending, and whether new mail is taken. */
export interface InFlightCommand {
  kind: 'in-flight'
}

/** Which of these lanes rest now. */
interface RestsCommand {
  kind: 'rests'
  lanes: readonly string[]
}

/** Counts of what is open, kept by the store: for the reader's summary. */
interface OpenTotalsCommand {
  kind: 'open-totals'
}

/** The same by destination or submitter, a page of it: for the reader's groups. */
interface OpenGroupsCommand extends GroupsQuestion {
  kind: 'open-groups'
}

export type Command =
  | ChunkCommand
  | AbandonCommand
  | AcceptCommand
  | StartCommand
  | UnstartCommand
  | SettleCommand
  | OperateCommand
  | StopOperationCommand
  | PutHoldCommand
  | LiftHoldCommand
  | AccountCommand
  | NoteCommand
  | RememberCommand
  | NoteContentReadCommand
  | CountRefusalsCommand
  | PlaceCommand
  | FollowCommand
  | BlockersCommand
  | RestsCommand
  | AcceptClockCommand
  | InFlightCommand
  | OpenTotalsCommand
  | OpenGroupsCommand

/** A command of one kind. */
export type CommandOf<Kind extends Command['kind']> = Extract<Command, { kind: Kind }>

const patient: ReadonlySet<Command['kind']> = new Set([
  'settle',
  'note',
  'abandon',
  'count-refusals',
  'note-key-use',
])

/** Whether a command may wait some milliseconds for company, on its way and in the store. */
export const isPatient = ({ kind }: Command): boolean => patient.has(kind)

/** Pushed to the follower after the commit: what may be due now; `start` tells for sure. */
export interface DuePush {
  kind: 'due'
  work: readonly PushedWork[]
  /** Set when more became due than is worth naming: look into the store. */
  more: boolean
}

export interface PushedWork extends DueWork {
  /** Why it is due: new mail, somebody's retry, an ended hold, a look-up that named its lane, or opened again. */
  why: 'accepted' | 'retried' | 'released' | 'placed' | 'reopened'
}

/** The largest piece of bytes that the store keeps as one row. */
export const chunkBytes = 256 * 1024
