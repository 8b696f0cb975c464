/** What the store shows: the shapes that readers get, in the words of the design, with integer keys left inside. */
import type { Millis } from '../../time/clock.ts'
import type { MessageKey, RecipientKey } from '../../words/keys.ts'
import type { Filter } from '../../words/filter.ts'
import type { HoldScope } from '../../words/hold-scope.ts'
import type { NewMessage } from '../../words/message.ts'
import type { OperationKind, OperationState } from '../../words/operation.ts'
import type { Attempt, LastReply } from '../../words/outcome.ts'
import type { Party } from '../../words/party.ts'
import type { RefusalReason } from '../../words/refusal-reason.ts'
import type { Submitter } from '../../words/submitter.ts'
import type { OpenStatus, SettledStatus, Status } from '../../words/status.ts'
import type { OwnStatus } from '../../words/waits-for.ts'

export interface RecipientView {
  key: RecipientKey
  address: string
  destination: string
  /** Through which it is delivered: its destination, or the host of its message's route. */
  lane: string
  status: Status
  attempts: number
  /** null once settled. */
  dueAt: Millis | null
  expiresAt: Millis
  settledAt: Millis | null
  lastReply: (LastReply & { at: Millis }) | null
  /** Why it is held, where it is. */
  holds: readonly { party: Party; scope: string; reason: string | null; until: Millis | null }[]
  /** Purged while in flight: it ends as it ends, and is not tried again. */
  purgeRequested: boolean
}

export interface RecipientPage {
  recipients: readonly RecipientView[]
  /** Index of the last recipient that was looked at; null at the end. A page can be short and still have a next one. */
  next: number | null
}

export interface MessageView {
  key: MessageKey
  id: string
  submitter: Submitter
  from: string
  sizeBytes: number
  acceptedAt: Millis
  messageIdHeader: string | null
  subject: string | null
  tag: string | null
  route: string
  contentKept: boolean
  /** Of a bounce message: the id of the message that it is about; null also once that one is deleted. */
  about: string | null
  /** Ids of the bounce messages about it, the first of them. */
  bounces: readonly string[]
  /**
   * At most `recipientsShown` of them: in a list first those that match, then those still open; `recipientCount` says
   * how many there are, `recipientCounts` how many of each status.
   */
  recipients: readonly RecipientView[]
  recipientCount: number
  recipientCounts: Partial<Record<Status, number>>
}

export interface MessagePage {
  messages: readonly MessageView[]
  /** Where the next page starts; null at the end. A page can be short, even empty, and still have a next one. */
  next: RecipientKey | null
}

export interface AttemptView extends Omit<Attempt, 'recipients'> {
  recipients: readonly string[]
  recipientCount: number
}

/** What delivery needs to try a message. */
export interface EnvelopeView {
  key: MessageKey
  id: string
  submitter: Submitter
  sender: string
  route: string
  sizeBytes: number
  acceptedAt: Millis
  messageIdHeader: string | null
  esmtp: NewMessage['esmtp']
  /** Its recipients that are open, all of them. */
  open: number
  recipients: readonly {
    key: RecipientKey
    address: string
    destination: string
    attempts: number
    /** When it became due for this try. */
    dueAt: Millis
    /** When it was last heard of: at the end of the try before; null before the first. */
    lastAt: Millis | null
    expiresAt: Millis
    notify: readonly string[] | null
    orcpt: string | null
  }[]
}

export interface EventView {
  seq: number
  at: Millis
  /** As the row has it: an earlier release may have called it otherwise. `readEvent` of words reads name and data. */
  event: string
  /** The message's ULID; null: it happened to the relay. */
  message: string | null
  /** Of the message: the login that submitted it, and its tag; null also where the message is not kept any more. */
  account: string | null
  tag: string | null
  recipient: string | null
  data: Record<string, unknown>
}

export interface EventPage {
  events: readonly EventView[]
  /** The last event that was looked at; `after` where there was none. */
  looked: number
}

/** Open recipients by status. */
export type OpenCounts = Readonly<Record<'total' | OpenStatus, number>>

/** Open recipients: all of them, those held, and those that nobody holds and whose wait has a status of its own, due or not. */
export type KeptCounts = Record<'open' | 'held' | OwnStatus, number>

/** Counts of what is open that the store keeps while rows change. */
export interface OpenTotals extends KeptCounts {
  /** How many that nobody holds are due before the end of a minute. */
  due: { count: number; until: Millis }
  /** How many destinations have open recipients. */
  destinationCount: number
  /** … and how many submitters. */
  submitterCount: number
  /** Those with the most; `own`: how many of them are Sluice's own mail. */
  destinations: readonly (KeptCounts & { destination: string; own: number })[]
}

export type DayCounts = Readonly<Record<'accepted' | SettledStatus, number>>

export interface SummaryView {
  open: OpenCounts
  /** Accepted since the start of the current UTC day, and what became of them; Sluice's own mail apart. */
  today: DayCounts
  /** Of Sluice's own mail; the other counts of what is open have it too. */
  own: { open: number; today: DayCounts }
  /** Those with the most open recipients. */
  destinations: readonly (OpenCounts & {
    destination: string
    own: number
    nextDueAt: Millis | null
  })[]
  /** How many destinations have open recipients. */
  destinationCount: number
  /** … and how many submitters. */
  submitterCount: number
  oldestAcceptedAt: Millis | null
}

/** `reopened`: how often a settled recipient was opened again. */
export type LedgerCounts = Readonly<Record<'accepted' | 'reopened' | SettledStatus, number>>

export interface LedgerView extends LedgerCounts {
  /** Counted from the rows, not from the counters. */
  open: number
  /** accepted + reopened − settled − open; 0, or an alarm. */
  difference: number
}

/** Where a row of the ledger is, in the order of days and submitters. */
export interface LedgerPosition {
  day: number
  submitter: number
}

export interface LedgerPage {
  /** By day of acceptance (UTC) and submitter. */
  days: readonly (LedgerCounts & { day: string; submitter: Submitter })[]
  /** The last row of the page; null at the end. */
  next: LedgerPosition | null
}

/** Where a row of the refusals is, in the order of hours, submitters and reasons. */
export interface RefusalPosition {
  hour: number
  submitter: number
  reason: string
}

/** How often a submitter was refused for a reason in an hour. */
export interface RefusalView {
  /** When the hour begins. */
  hour: Millis
  /** null: clients that had not logged in, all together. */
  submitter: Submitter | null
  reason: RefusalReason
  count: number
  firstAt: Millis
  lastAt: Millis
  /** What the last of them was told. */
  lastText: string
}

export interface RefusalPage {
  refusals: readonly RefusalView[]
  /** The last row that was looked at; null at the end. */
  next: RefusalPosition | null
}

export interface RefusedSums {
  lastHour: number
  lastDay: number
}

/** What was refused lately: to submitters, and apart from them to clients that had not logged in. */
export interface RefusedView {
  submitters: RefusedSums & { byReason: readonly (RefusedSums & { reason: RefusalReason })[] }
  /** Those with the most refusals of the last day. */
  bySubmitter: readonly (RefusedSums & { submitter: Submitter })[]
  strangers: RefusedSums & { byReason: readonly (RefusedSums & { reason: RefusalReason })[] }
}

/** An operation: what was asked, by whom, and how far it is. */
export interface OperationView {
  /** Grows from operation to operation. */
  key: number
  /** ULID, the outside id. */
  id: string
  action: OperationKind
  filter: Filter
  party: Party
  reason: string | null
  /** When the hold that it makes ends by itself. */
  until: Millis | null
  state: OperationState
  messages: number
  recipients: number
  inFlight: number
  stillHeld: number
  contentGone: number
  /** Who asked, as events show it. */
  actor: string
  begunAt: Millis
  /** null while it runs. */
  endedAt: Millis | null
}

/** A standing hold: who set it, for what, and until when. */
export interface HoldView {
  id: number
  scope: HoldScope
  /** Empty for `all`. */
  value: string
  party: Party
  reason: string | null
  until: Millis | null
  createdAt: Millis
}

export interface HoldPage {
  holds: readonly HoldView[]
  /** Number after which the next page begins; null at the end. */
  next: number | null
}

export interface OperationPage {
  operations: readonly OperationView[]
  /** Key below which the next page begins; null at the end. */
  next: number | null
}
