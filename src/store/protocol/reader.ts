/**
 * The port through which other processes read. Each answer is of one moment; between two of them anything may have changed,
 * so whoever decides by what was read has the store check it again. No cursor or transaction stays open between calls, so
 * that the store can always tidy its log.
 */
import type { Millis } from '../../time/clock.ts'
import type { ClockView } from '../../time/relay-clock.ts'
import type { MessageKey, RecipientKey } from '../../words/keys.ts'
import type { Principal } from '../../words/principal.ts'
import type { LastReply } from '../../words/outcome.ts'
import type { Submitter } from '../../words/submitter.ts'
import type { UsageCounter } from '../../words/usage.ts'
import type { AuditedAction } from '../../words/audit.ts'
import type { DueRecipient } from '../../words/due.ts'
import type { EventFilter } from '../../words/event-filter.ts'
import type { Filter } from '../../words/filter.ts'
import type { RefusalReason } from '../../words/refusal-reason.ts'
import type { ToldNumber } from '../../words/remembered.ts'
import type { AccountView, ApiKeyView, AuditPage } from './access-views.ts'
import type { GroupKind, GroupPage, KeptGroups } from './groups.ts'
import type {
  AttemptView,
  EnvelopeView,
  EventPage,
  HoldPage,
  LedgerPage,
  LedgerPosition,
  LedgerView,
  MessagePage,
  MessageView,
  OpenTotals,
  OperationPage,
  OperationView,
  RecipientPage,
  RefusalPage,
  RefusalPosition,
  RefusedView,
  SummaryView,
} from './views.ts'

/** A place in the order of due times. */
export interface DuePosition {
  dueAt: Millis
  recipient: RecipientKey
}

/** What a look at some lanes found. */
export interface DueLanes {
  /** Of each lane one recipient of every submitter and class that has any due; of a few where these are many. */
  due: DueRecipient[]
  /** Those of them that are all that is open and unheld in their lane. */
  alone: ReadonlySet<RecipientKey>
  /** The position to go on from; null at the end. */
  next: number | null
}

export interface StoreReader {
  /** In whose name it reads: roles and audience follow from it. */
  readonly principal: Principal
  /** The same reader in the name of another; closed with it. */
  as(principal: Principal): StoreReader

  /** Which store this is: random, made with the store, and anew at each restore. The same for as long as a reader is open. */
  storeId(): Promise<string>

  /** A number that a process had it remember; null: none. */
  remembered(name: ToldNumber, whose?: string): Promise<number | null>

  /** What the store acts on where the machine's clock jumped. */
  clock(): Promise<ClockView>

  // for submission
  account(name: string): Promise<AccountView | null>
  /** By name. */
  accounts(): Promise<AccountView[]>
  /** What a submitter used of a limit, in the buckets that reach into the window. */
  used(counter: UsageCounter, submitter: Submitter, now: Millis): Promise<number>
  /** When `leaving` of it will have left the window. */
  leftAt(counter: UsageCounter, submitter: Submitter, now: Millis, leaving: number): Promise<Millis>

  // for delivery
  envelope(message: MessageKey, recipients: readonly RecipientKey[]): Promise<EnvelopeView | null>
  /**
   * The message's bytes, in pieces, each checked; rejects with CorruptContent at the first that is not what was stored, with
   * ContentGone where they were removed.
   */
  content(message: MessageKey): Promise<Buffer[]>
  /** The same, each piece read when it is asked for, and from the beginning each time they are gone through. */
  pieces(message: MessageKey): AsyncIterable<Buffer>
  /**
   * Looks at some lanes after a position (0: from the beginning), a few steps in an index for each and for each submitter
   * in it.
   */
  dueLanes(after: number, now: Millis, limit: number): Promise<DueLanes>
  /**
   * Recipients of a lane that are due, the classes in their order, in each class as many of every submitter, the earliest
   * first. `loaded` counts by `lineOf` those that the caller has already: they are still due here, come along, and leave
   * the others their room. `more`: there are others. With more submitters than there is room for, those behind `after`
   * come first; the last of the answer is the one to go on behind.
   */
  dueInLane(
    lane: string,
    now: Millis,
    loaded: ReadonlyMap<string, number>,
    limit: number,
    after?: number,
  ): Promise<{ due: DueRecipient[]; more: boolean }>
  /**
   * Open, unheld recipients that were put off until a moment after `after` and not after `until`, in that order. New mail is
   * not among them: it is due at once, and told of.
   */
  dueBetween(after: DuePosition, until: Millis, limit: number): Promise<DueRecipient[]>
  /** The last that was heard of each of the recipients; those never tried are left out. */
  lastReplies(recipients: readonly RecipientKey[]): Promise<Map<RecipientKey, LastReply>>
  /** Open, unheld recipients past their expiry. */
  expired(now: Millis, limit: number): Promise<{ message: MessageKey; recipient: RecipientKey }[]>

  // for operations. `inFlight` comes from the store process (InFlightCommand): it is not in the database.
  messages(
    filter: Filter,
    page: { before: RecipientKey | null; limit: number },
    inFlight: ReadonlySet<RecipientKey>,
    now: Millis,
  ): Promise<MessagePage>
  message(id: string, inFlight: ReadonlySet<RecipientKey>, now: Millis): Promise<MessageView | null>
  /** Whether there is a message with this id. */
  hasMessage(id: string): Promise<boolean>
  /** A page of a message's recipients, in the order of its envelope; all of them unless the filter says otherwise. */
  recipients(
    message: Pick<MessageView, 'key' | 'recipientCount'>,
    filter: Pick<Filter, 'status' | 'destination' | 'to'>,
    page: { after: number | null; limit: number },
    inFlight: ReadonlySet<RecipientKey>,
    now: Millis,
  ): Promise<RecipientPage>
  attempts(
    message: MessageKey,
    page: { after: number | null; limit: number },
  ): Promise<{ attempts: AttemptView[]; next: number | null }>
  /**
   * What happened after an event (0: from the oldest that is kept), in order. A page can be short, even empty, and not be the
   * last: `looked` is the last event that was looked at, to go on from.
   */
  events(page: { after: number; limit: number }, filter?: EventFilter): Promise<EventPage>
  /** Numbers of the oldest and the newest event that are kept; 0 where there is none. */
  eventRange(): Promise<{ oldest: number; newest: number }>
  /**
   * The queue in numbers. `totals` comes from the store process (OpenTotalsCommand); without it what is open is counted
   * first, which takes the longer the more it is.
   */
  summary(
    inFlight: ReadonlySet<RecipientKey>,
    now: Millis,
    totals?: OpenTotals | null,
  ): Promise<SummaryView>
  /**
   * What is open by destination or submitter, those with the most first. `kept` comes from the store process
   * (OpenGroupsCommand); of each group a few rows are read, however much is open. Where something changed between the
   * two, a group can be missing or come twice on the next page.
   */
  groups(
    by: GroupKind,
    kept: KeptGroups,
    inFlight: ReadonlySet<RecipientKey>,
    now: Millis,
  ): Promise<GroupPage>
  /** Both sides of the ledger. What is open is counted from its rows, which takes the longer the more it is. */
  ledger(): Promise<LedgerView>
  /** The ledger by day and submitter, newest day first. */
  ledgerDays(page: { before: LedgerPosition | null; limit: number }): Promise<LedgerPage>
  /** What was refused at the door by hour, submitter and reason, newest hour first. A page can be short and have a next one. */
  refusals(
    filter: { submitter?: string | undefined; reason?: RefusalReason | undefined },
    page: { before: RefusalPosition | null; limit: number },
  ): Promise<RefusalPage>
  /** Sums of the refusals of the last hour and the last day, from the clock hours that reach into them. */
  refused(now: Millis): Promise<RefusedView>
  /** Operations, newest first. */
  operations(page: { before: number | null; limit: number }): Promise<OperationPage>
  /** One operation, by its outside id. */
  operation(id: string): Promise<OperationView | null>
  /** Standing holds, in the order in which they were set. */
  holds(page: { after: number | null; limit: number }): Promise<HoldPage>
  apiKey(id: string): Promise<ApiKeyView | null>
  /** Oldest first. */
  apiKeys(): Promise<ApiKeyView[]>

  /** The audit log, newest first; `actor` as in events. A page can be short and have a next one. */
  audit(
    filter: { actor?: string | undefined; action?: AuditedAction | undefined },
    page: { before: number | null; limit: number },
  ): Promise<AuditPage>

  /** Nothing is asked any more. */
  close(): Promise<void>
}

/** A piece of a message is not what was written: never send it. */
export class CorruptContent extends Error {
  override name = 'CorruptContent'
}

/** A message's bytes were removed (retention) or never complete. */
export class ContentGone extends Error {
  override name = 'ContentGone'
}

/** At most so many recipients of a message are shown when it is looked at alone, and of one of its tries. */
export const recipientsShown = 100
/** At most so many when it is one of a list. */
export const recipientsListed = 10
