import { acceptedBytes, acceptedMessages, acceptedRecipients } from '../../metrics/declared.ts'
import { addressKey } from '../../mail/address.ts'
import { destinationOf } from '../../words/destination.ts'
import type { Millis } from '../../time/clock.ts'
import { jumpFromMs } from '../../time/jumps.ts'
import type { AnswerTo } from '../protocol/answers.ts'
import type { AcceptCommand } from '../protocol/commands.ts'
import {
  recipientsPerMessage,
  type RecipientKey,
  type MessageKey,
  firstRecipient,
} from '../../words/keys.ts'
import type { NewMessage, NewRecipient } from '../../words/message.ts'
import { holdNewRecipients } from './holds.ts'
import { hash48 } from '../file/keys.ts'
import { submitterName } from '../../words/submitter.ts'
import { bulk } from '../../words/message-class.ts'
import type { OpenRecipient } from '../read/open-change.ts'
import { lanePlaceOf, laneTexts, type LanePlace } from './lane-place.ts'
import type { AskedCommand, Carriers } from './asked.ts'
import type { Work } from './transaction.ts'
import { abandonUpload, endUpload, insertChunks, isLiveUpload, unknownUpload } from './uploads.ts'
import { takeUsage } from './usage.ts'

/** Takes the limits, the message and its recipients in one go (design §4). Said twice, it is answered twice, done once. */
function accept(
  work: Work,
  command: AcceptCommand,
  { payload }: Pick<AskedCommand, 'payload'>,
): AnswerTo<AcceptCommand> {
  const { upload, message } = command
  const known = work.connection.sql('SELECT key FROM message WHERE id = ?').get(message.id)
  if (known) {
    // The bytes came once more, in an upload that nobody will name again
    if (upload !== null) abandonUpload(work, upload)
    return { kind: 'accepted', message: Number(known['key']) }
  }
  if (upload !== null && !isLiveUpload(work, upload)) return unknownUpload
  const { recipients } = message
  if (recipients.length === 0 || recipients.length >= recipientsPerMessage) {
    return { kind: 'refused', reason: 'recipient count' }
  }
  const submitter = work.names.idOf(submitterName(message.submitter))
  const over = takeUsage(work, submitter, command.takes)
  if (over) return over
  const key = work.memory.nextMessage++
  if (upload === null) insertChunks(work, key, 0, payload)
  else endUpload(work, upload, payload)
  insertMessage(work, message, { key, chunks: upload ?? key, submitter })
  return { kind: 'accepted', message: key }
}

/** Inserts a message whose bytes are kept already, with recipients, event, counters and news for delivery. */
function insertMessage(
  work: Work,
  message: NewMessage,
  { key, chunks, submitter }: { key: MessageKey; chunks: number; submitter: number },
): void {
  const { connection, names } = work
  const acceptedAt = acceptanceTime(work, key)
  const tag = message.tag === null ? null : names.idOf(message.tag)
  const count = message.recipients.length
  connection
    .sql(
      `INSERT INTO message (key, id, submitter, sender, route, size, accepted_at, message_id, subject, tag, esmtp,
         recipients, open, failed, chunks, lifetime) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?)`,
    )
    .run(
      key,
      message.id,
      submitter,
      message.sender,
      names.idOf(message.route),
      message.sizeBytes,
      acceptedAt,
      message.messageIdHeader,
      message.subject,
      tag,
      JSON.stringify(message.esmtp),
      count,
      count,
      chunks,
      Math.ceil(message.lifetimeMs),
    )
  const senderDomain = destinationOf(message.sender)
  const shared = {
    submitter,
    route: message.route,
    tag,
    senderHash: hash48(addressKey(message.sender, senderDomain)),
    senderDomain: names.idOf(senderDomain),
    expiresAt: Math.ceil(work.latest + message.lifetimeMs),
    waiting: { held: false, dueAt: work.now, waits: null },
  }
  insertRecipients(work, key, message.recipients, shared)
  work.event({ event: 'accepted', data: { recipients: count } }, { message: key })
  work.count(acceptedAt, submitter, 'accepted', count)
  work.afterCommit.push(() => {
    acceptedMessages[message.submitter.kind].inc()
    acceptedRecipients.inc(count)
    acceptedBytes.inc(message.sizeBytes)
  })
}

/** All recipients of a message, and the news of them for delivery, destination by destination. */
function insertRecipients(
  work: Work,
  message: MessageKey,
  recipients: readonly NewRecipient[],
  shared: Shared,
): void {
  const { submitter } = shared
  const places = new Map<string, { place: LanePlace; keys: RecipientKey[] }>()
  recipients.forEach((recipient, index) => {
    const key = firstRecipient(message) + index
    const { destination } = recipient
    const known = places.get(destination)
    const place = known?.place ?? lanePlaceOf(work, shared.route, destination)
    insertRecipient(work, key, recipient, { ...shared, place })
    if (known) known.keys.push(key)
    else places.set(destination, { place, keys: [key] })
  })
  for (const [destination, { place, keys }] of places) {
    work.due.push({
      why: 'accepted',
      message,
      ...laneTexts(work, place),
      destination,
      submitter,
      class: bulk,
      recipients: keys,
    })
  }
}

/**
 * The moment of acceptance, which does not run backwards while keys run on, so that a time means a place among the keys
 * (file/message-times.ts). Where the clock was put back by more than its steps, truth matters more, and the break is noted.
 */
function acceptanceTime({ connection, memory, now, afterCommit }: Work, key: MessageKey): Millis {
  const behind = memory.lastAcceptedAt - now
  if (behind > 0 && behind < jumpFromMs) return memory.lastAcceptedAt
  if (behind <= 0) memory.lastAcceptedAt = now
  else {
    connection.sql('INSERT INTO acceptance_break (key) VALUES (?)').run(key)
    afterCommit.push(() => (memory.lastAcceptedAt = now))
  }
  return now
}

interface Shared {
  submitter: number
  route: string
  tag: number | null
  senderHash: number
  senderDomain: number
  expiresAt: number
  waiting: OpenRecipient
}

function insertRecipient(
  work: Work,
  key: RecipientKey,
  recipient: NewRecipient,
  shared: Shared & { place: LanePlace },
): void {
  const destination = work.names.idOf(recipient.destination)
  const { lane, provider } = shared.place
  work.connection
    .sql(
      `INSERT INTO recipient (key, state, address, address_hash, destination, lane, provider, class, submitter, tag,
         sender_hash, sender_domain, due_at, expires_at, attempts, held, cancel, notify, orcpt)
       VALUES (?, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0, ?, ?)`,
    )
    .run(
      key,
      recipient.address,
      hash48(addressKey(recipient.address, recipient.destination)),
      destination,
      lane,
      provider,
      bulk,
      shared.submitter,
      shared.tag,
      shared.senderHash,
      shared.senderDomain,
      work.now,
      shared.expiresAt,
      recipient.notify?.join(',') ?? null,
      recipient.orcpt ?? null,
    )
  work.moved({ key, destination, submitter: shared.submitter }, null, shared.waiting)
  if (work.memory.standing.length > 0) {
    holdNewRecipients(work, key, { destination, submitter: shared.submitter, tag: shared.tag })
  }
}

/** Takes in a message that the relay itself wrote, and notes which message it is about. */
export function acceptOwn(
  work: Work,
  message: NewMessage,
  bytes: Uint8Array,
  about: MessageKey,
): void {
  const key = work.memory.nextMessage++
  insertChunks(work, key, 0, bytes)
  const submitter = work.names.idOf(submitterName(message.submitter))
  insertMessage(work, message, { key, chunks: key, submitter })
  work.connection.sql('UPDATE message SET about = ? WHERE key = ?').run(about, key)
}

export const acceptCommands = { accept } satisfies Carriers<'accept'>
