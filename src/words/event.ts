/**
 * Every event, declared once: what it means, who is to see it, and the data it carries. The types of those who write
 * events, the schema of the API and the table in docs/api.md are all made from this list. To add one, add an entry.
 *
 * TypeBox takes 20 MB and half a second to load, so processes that only write events import nothing but types from here.
 */
import { Type, type Static, type TObject, type TProperties } from 'typebox'

/** Who is to see an event: the customer sees those of her mail, the operator sees all of them. */
export const audiences = ['customer', 'operator'] as const
export type Audience = (typeof audiences)[number]

const text = (description: string) => Type.String({ description })
const textOrNull = (description: string) =>
  Type.Union([Type.String(), Type.Null()], { description })
const time = (description: string) => Type.String({ format: 'date-time', description })

/** Who did it and why. `actor` is null in events of the first releases, which did not record it. */
const asked = {
  actor: textOrNull('Who did it: `key:<id>`, `account:<login>`, `party:<party>`, `process:<name>`'),
  reason: textOrNull('The reason that was given'),
}
const { actor } = asked

/** From the attempt that led to the event; absent where no attempt was recorded. */
const reply = {
  host: Type.Optional(textOrNull('The host that was tried; null before one was known')),
  code: Type.Optional(
    Type.Union([Type.Integer(), Type.Null()], { description: 'SMTP reply code (RFC 5321 §4.2)' }),
  ),
  enhanced: Type.Optional(textOrNull('Enhanced status code (RFC 3463)')),
  text: Type.Optional(text('What the host said, or why there was no reply')),
}

const party = text('Whose hold it is; each party lifts only its own')
const hold = {
  scope: text('`account`, `tag`, `destination` or `all`'),
  value: text('Login, tag or domain; empty for `all`'),
  party,
}
const account = { account: text('The login'), actor }
const cause = text('What was found')
const jump = {
  from: time('What the clock said before'),
  to: time('What it said after'),
  by: Type.Integer({ description: 'The jump in milliseconds; negative: back' }),
}

interface EventKind<P extends TProperties> {
  description: string
  /** Nothing in this release writes it: what does comes later (docs/roadmap.md). The docs leave it out. */
  comesLater?: true
  audience: Audience
  data: TObject<P>
}

const kind =
  (audience: Audience) =>
  <P extends TProperties>(description: string, data: P): EventKind<P> => ({
    description,
    audience,
    data: Type.Object(data, { additionalProperties: false }),
  })
const forCustomer = kind('customer')
const forOperator = kind('operator')

export const eventKinds = {
  accepted: forCustomer('A message was accepted', {
    recipients: Type.Integer({ description: 'How many recipients it has' }),
    sender: Type.Optional(
      textOrNull(
        'The envelope sender; empty: the null reverse-path; null: the message is not kept',
      ),
    ),
    submitter: Type.Optional(
      textOrNull('Who submitted it: `account:<login>`, `network:<CIDR>`, `system:<part>`'),
    ),
  }),
  delivered: forCustomer('A host took the message for this recipient', reply),
  deferred: forCustomer('An attempt failed; the recipient is tried again later', reply),
  bounced: forCustomer('Refused for good', reply),
  expired: forCustomer('Given up, as its lifetime was over', reply),
  suppressed: {
    ...forCustomer('Not tried, as the address is suppressed (not in this release)', reply),
    comesLater: true as const,
  },
  cancelled: forCustomer('Purged: by whom and why; or purged in flight, and that attempt failed', {
    actor: Type.Optional(actor),
    reason: Type.Optional(asked.reason),
    ...reply,
  }),
  purge_requested: forCustomer(
    'Purged while in flight: this attempt is the last, and how it ends is an event of its own',
    asked,
  ),
  delivered_after_cancel: forCustomer(
    'Purged while nobody could know that it was being sent, and delivered all the same; it stays counted as cancelled',
    reply,
  ),
  retried: forCustomer('Made due now', asked),
  held: forCustomer('Put on hold', {
    ...asked,
    party,
    until: Type.Optional(time('When the hold ends by itself; absent: when it is lifted')),
  }),
  released: forCustomer('A hold of it was lifted or ended', {
    ...asked,
    still_held: Type.Optional(
      Type.Boolean({ description: 'true: another hold still holds it; absent: it goes on' }),
    ),
  }),
  reopened: forCustomer('A settled recipient is open again', asked),
  hold_set: forCustomer('A standing hold was set, or set again', {
    ...hold,
    ...asked,
    until: Type.Optional(time('When it ends by itself; absent: when it is lifted')),
  }),
  hold_lifted: forCustomer('A standing hold was lifted or ended', { ...hold, actor }),
  operation_stopped: forCustomer('An operation was stopped before its end', {
    operation: text('Its id'),
    actor,
  }),
  content_corrupt: forCustomer(
    'The stored content of a message is damaged; the message is held and never sent',
    { cause },
  ),
  outcome_unrecorded: forCustomer(
    'The outcome of an attempt could not be recorded; the message is held',
    {},
  ),
  outcome_reduced: forOperator(
    'The outcome of an attempt was recorded without its attempt and its bounce message',
    {},
  ),
  refused: forCustomer(
    'Mail was refused at the door: the 1st, 10th, 100th … time for a submitter and a reason in an hour',
    {
      submitter: text(
        '`account:<login>`, `network:<CIDR>`, or `strangers` for all that did not log in',
      ),
      reason: text('One of the reasons of `GET /refusals`'),
      count: Type.Integer({ description: 'Refusals in this hour so far' }),
      since: time('The first of them in this hour'),
      text: text('The last reply'),
    },
  ),
  hosts_rest: forCustomer('Connections to a set of hosts failed; they are left alone for a while', {
    hosts: text('Their names'),
    until: time('When they are tried again'),
    cause,
  }),
  hosts_work: forCustomer('A set of hosts that was left alone works again', {
    hosts: text('Their names'),
  }),
  redis_lost: forOperator('Redis can not be used; sending pauses', { reason: cause }),
  redis_recovered: forOperator('Redis can be used again', {}),
  account_added: forOperator('A login was added', account),
  account_changed: forOperator('The password or the limit of a login was changed', {
    ...account,
    password: Type.Optional(Type.Boolean({ description: 'true: it has a new one' })),
    daily_recipients: Type.Optional(
      text('Its limit from now on: a number, `none`, or `default`; absent: as it was'),
    ),
  }),
  account_removed: forOperator('A login was removed', account),
  api_key_added: forOperator('An API key was added or changed', {
    key: text('Its id'),
    name: text('The name it was given'),
    actor,
  }),
  api_key_revoked: forOperator('An API key was revoked; it opens nothing any more', {
    key: text('Its id'),
    name: text('The name it was given'),
    actor,
  }),
  clock_jumped: forOperator('The clock of the machine jumped; the relay keeps its own time', jump),
  clock_returned: forOperator('The clock is back where it was before it jumped', jump),
  clock_accepted: forOperator('The jump of the clock was accepted', { by: jump.by, actor }),
  sweep_failed: forOperator('A cleanup failed; it is tried again', {
    sweep: text('Which one'),
    fault: text('Why'),
  }),
  restored: forCustomer(
    'The store was restored from a copy, or found to be one; all open mail is held',
    {
      held: Type.Integer({ description: 'How many recipients are held' }),
      reason: text('How that was found'),
    },
  ),
} as const

export type EventName = keyof typeof eventKinds
export type EventData<N extends EventName> = Static<(typeof eventKinds)[N]['data']>
type EventOf<N extends EventName> = { [K in N]: { event: K; data: EventData<K> } }[N]
/** What happened: the name of the event, with the data that belongs to it. */
export type AnyEvent = EventOf<EventName>

/** Names that earlier releases wrote, and what they are called now. Rows keep the old name. */
export const formerEventNames: Readonly<Record<string, EventName>> = {
  purge_asked: 'purge_requested',
  redis_back: 'redis_recovered',
}
