/** A message as it is shown outside: the API's object and a line of `--json`. Times are RFC 3339 in UTC. */
import { Type, type Static, type TInteger, type TOptional } from 'typebox'
import {
  openStatuses,
  settledStatuses,
  statuses,
  statusesInUse,
  type Status,
} from '../words/status.ts'
import type { MessageView, RecipientView } from '../store/protocol/views.ts'
import { rfc3339 } from '../time/clock.ts'
import { parties } from '../words/party.ts'
import { Nullable, Timestamp, timeOrNull } from './fields.ts'
import type { Blockers } from './blockers.ts'

const closed = { additionalProperties: false }

const comingLater = statuses.filter((status) => !statusesInUse(statuses).includes(status))

export const StatusSchema = Type.Enum([...statuses], {
  type: 'string',
  description:
    `Open: ${statusesInUse(openStatuses).join(', ')}. Settled: ${statusesInUse(settledStatuses).join(', ')}. ` +
    `Not given by this release, but by a later one: ${comingLater.join(', ')}.`,
})

export const SubmitterSchema = Type.Object(
  {
    kind: Type.Enum(['account', 'network', 'system'], { type: 'string' }),
    id: Type.String({ description: 'The login, the network as CIDR, or the part of Sluice' }),
  },
  closed,
)

export const LastReplySchema = Type.Object(
  {
    code: Nullable(
      Type.Integer({
        description: 'SMTP reply code (RFC 5321 §4.2); null: the host gave no reply',
      }),
    ),
    enhanced: Nullable(Type.String({ description: 'Enhanced status code (RFC 3463)' })),
    text: Type.String({
      description: 'What the host said; where code or host is null, what Sluice found by itself',
    }),
    host: Nullable(Type.String({ description: 'The host that was tried; null: none was known' })),
    at: Timestamp,
  },
  closed,
)

const HoldSchema = Type.Object(
  {
    party: Type.Enum([...parties], {
      type: 'string',
      description:
        'Who holds it. `restore`: Sluice itself, as the mail may have been sent already (after a restore, or because of ' +
        'damage). Nothing in this release holds as `abuse` by itself',
    }),
    scope: Type.String(),
    reason: Nullable(Type.String()),
    until: Nullable(Timestamp),
  },
  closed,
)

const BlockedBySchema = Type.Object(
  {
    kind: Type.Enum(['hosts_resting', 'redis_unavailable', 'low_disk_space'], {
      type: 'string',
      description:
        'hosts_resting: its hosts could not be connected to and are left alone for a while; ' +
        'redis_unavailable: Redis is down or can not be used; ' +
        'low_disk_space: free space is short, and a long reader of the store keeps it so',
    }),
    until: Nullable({ ...Timestamp, description: 'null: not known' }),
    cause: Nullable(Type.String()),
  },
  closed,
)

export const RecipientSchema = Type.Object(
  {
    address: Type.String(),
    destination: Type.String({ description: 'Domain, lower case, A-label' }),
    status: StatusSchema,
    attempts: Type.Integer({ minimum: 0 }),
    due_at: Nullable({ ...Timestamp, description: 'Next try; null once settled' }),
    expires_at: { ...Timestamp, description: 'Given up then' },
    settled_at: Nullable(Timestamp),
    last_reply: Nullable(LastReplySchema),
    holds: Type.Array(HoldSchema, {
      description: 'Why it is held; where it is in flight, why it will be held after this try',
    }),
    blocked_by: Nullable({
      ...BlockedBySchema,
      description: 'Why a queued recipient is not sent; null: it waits for its turn',
    }),
    purge_requested: Type.Boolean({
      description: 'Purged while in flight: this try ends as it ends, and is the last',
    }),
  },
  closed,
)

export const MessageSchema = Type.Object(
  {
    id: Type.String({ description: 'ULID, the same as in the 250 reply' }),
    submitter: SubmitterSchema,
    from: Type.String({ description: 'Reverse-path; empty: the null reverse-path' }),
    size_bytes: Type.Integer(),
    accepted_at: Timestamp,
    message_id: Nullable(Type.String()),
    subject: Nullable(Type.String()),
    tag: Nullable(Type.String()),
    route: Type.String({ description: '`mx`, `sandbox` or `smtp://host:port`' }),
    content_available: Type.Boolean({ description: 'Whether the bytes can still be fetched' }),
    about: Nullable(
      Type.String({
        description:
          'Of a bounce message: the id of the message that it is about, while that is kept',
      }),
    ),
    bounce_messages: Type.Array(Type.String(), {
      description: 'Ids of the bounce messages about this message, at most 20',
    }),
    recipients: Type.Array(RecipientSchema, {
      description:
        'At most 100 of them, in a list at most 10: there first those that match, then those still open. ' +
        'All of them: …/recipients',
    }),
    recipient_count: Type.Integer({ description: 'How many there are' }),
    recipient_counts: Type.Object(
      Object.fromEntries(
        statuses.map((status) => [status, Type.Optional(Type.Integer({ minimum: 1 }))]),
      ) as Record<Status, TOptional<TInteger>>,
      { ...closed, description: 'How many of each status; those that none has are left out' },
    ),
  },
  closed,
)

export type Recipient = Static<typeof RecipientSchema>
export type Message = Static<typeof MessageSchema>

/** A recipient as the API shows it. */
export const presentRecipient = (view: RecipientView, blockers: Blockers): Recipient => ({
  address: view.address,
  destination: view.destination,
  status: view.status,
  attempts: view.attempts,
  due_at: timeOrNull(view.dueAt),
  expires_at: rfc3339(view.expiresAt),
  settled_at: timeOrNull(view.settledAt),
  last_reply: view.lastReply && presentReply(view.lastReply),
  holds: view.holds.map(({ party, scope, reason, until }) => ({
    party,
    scope,
    reason,
    until: timeOrNull(until),
  })),
  blocked_by: view.status === 'queued' ? blockerOf(view.lane, blockers) : null,
  purge_requested: view.purgeRequested,
})

export const presentReply = ({
  code,
  enhanced,
  text,
  host,
  at,
}: NonNullable<RecipientView['lastReply']>): Static<typeof LastReplySchema> => ({
  code,
  enhanced,
  text,
  host,
  at: rfc3339(at),
})

/** What keeps a due recipient from being sent, other than waiting for its turn. */
function blockerOf(
  lane: string,
  { redisTrouble, sendsMail, resting }: Blockers,
): Static<typeof BlockedBySchema> | null {
  if (redisTrouble !== null) return { kind: 'redis_unavailable', until: null, cause: redisTrouble }
  if (!sendsMail) return { kind: 'low_disk_space', until: null, cause: null }
  const rest = resting.get(lane)
  return rest ? { kind: 'hosts_resting', until: rfc3339(rest.until), cause: rest.cause } : null
}

/** A message as the API shows it; integer keys stay inside. */
export const presentMessage = (view: MessageView, blockers: Blockers): Message => ({
  id: view.id,
  submitter: { kind: view.submitter.kind, id: view.submitter.id },
  from: view.from,
  size_bytes: view.sizeBytes,
  accepted_at: rfc3339(view.acceptedAt),
  message_id: view.messageIdHeader,
  subject: view.subject,
  tag: view.tag,
  route: view.route,
  content_available: view.contentKept,
  about: view.about,
  bounce_messages: [...view.bounces],
  recipients: view.recipients.map((each) => presentRecipient(each, blockers)),
  recipient_count: view.recipientCount,
  recipient_counts: view.recipientCounts,
})
