import { crc32 } from 'node:zlib'
import { addressKey, destinationOf } from '../mail/address.ts'
import {
  chunkBytes,
  recipientsPerMessage,
  type AcceptCommand,
  type Answer,
  type ChunkCommand,
  type MessageKey,
  type NewMessage,
  type NewRecipient,
  type RecipientKey,
} from './commands.ts'
import { holdNewRecipients } from './holds.ts'
import { chunksPerMessage, firstRecipient, hash48, submitterName } from './keys.ts'
import type { Work } from './transaction.ts'
import { takeUsage } from './usage.ts'

/** Keeps a piece of a message whose DATA is still coming. */
export function keepChunk(work: Work, command: ChunkCommand, payload: Uint8Array): Answer {
  const { memory } = work
  const upload = command.upload ?? memory.nextMessage++
  const count = command.upload === null ? 0 : memory.uploads.get(upload)
  if (count === undefined) return { kind: 'refused', reason: 'unknown upload' }
  if (command.upload === null)
    work.connection.sql('INSERT INTO upload (key) VALUES (?)').run(upload)
  const kept = insertChunks(work, upload, count, payload)
  memory.uploads.set(upload, count + kept)
  return { kind: 'chunk', upload }
}

/** Forgets an upload and its chunks. */
export function abandonUpload(work: Work, upload: number): Answer {
  if (!work.memory.uploads.delete(upload)) return { kind: 'ok' }
  dropUpload(work, upload)
  return { kind: 'ok' }
}

/** Removes what came of a message that was never accepted. */
export function dropUpload(work: Work, upload: number): void {
  work.connection.sql('DELETE FROM upload WHERE key = ?').run(upload)
  deleteChunks(work, upload)
}

export function deleteChunks(work: Pick<Work, 'connection'>, message: MessageKey): void {
  work.connection
    .sql('DELETE FROM chunk WHERE id >= ? AND id < ?')
    .run(message * chunksPerMessage, (message + 1) * chunksPerMessage)
}

/** Takes the limits, the message and its recipients in one go (design §4). */
export function acceptMessage(work: Work, command: AcceptCommand, payload: Uint8Array): Answer {
  const chunks = command.upload === null ? 0 : work.memory.uploads.get(command.upload)
  if (chunks === undefined) return { kind: 'refused', reason: 'unknown upload' }
  const { recipients, submitter } = command.message
  if (recipients.length === 0 || recipients.length >= recipientsPerMessage) {
    return { kind: 'refused', reason: 'number of recipients' }
  }
  const over = takeUsage(work, work.names.idOf(submitterName(submitter)), command.takes)
  if (over) return over
  const key = command.upload ?? work.memory.nextMessage++
  insertChunks(work, key, chunks, payload)
  if (command.upload !== null) {
    const { upload } = command
    work.connection.sql('DELETE FROM upload WHERE key = ?').run(upload)
    work.afterCommit.push(() => work.memory.uploads.delete(upload))
  }
  insertMessage(work, key, command.message)
  return { kind: 'accepted', message: key }
}

/** Inserts a message whose bytes are kept already, with recipients, event, counters and news for delivery. */
export function insertMessage(work: Work, key: MessageKey, message: NewMessage): void {
  const { connection, names, now } = work
  const submitter = names.idOf(submitterName(message.submitter))
  const route = names.idOf(message.route)
  const tag = message.tag === null ? null : names.idOf(message.tag)
  const count = message.recipients.length
  connection
    .sql(
      `INSERT INTO message (key, id, submitter, sender, route, size, accepted_at, message_id, subject, tag, esmtp,
         recipients, open, failed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)`,
    )
    .run(
      key,
      message.id,
      submitter,
      message.sender,
      route,
      message.sizeBytes,
      now,
      message.messageId,
      message.subject,
      tag,
      JSON.stringify(message.esmtp),
      count,
      count,
    )
  const shared = {
    submitter,
    route: message.route === 'mx' ? null : route,
    tag,
    senderHash: hash48(addressKey(message.sender)),
    senderDomain: names.idOf(destinationOf(message.sender)),
    expiresAt: now + message.lifetimeMs,
  }
  const lanes = new Map<number, RecipientKey[]>()
  message.recipients.forEach((recipient, index) => {
    const recipientKey = firstRecipient(key) + index
    const lane = insertRecipient(work, recipientKey, recipient, shared)
    const sameLane = lanes.get(lane)
    if (sameLane) sameLane.push(recipientKey)
    else lanes.set(lane, [recipientKey])
  })
  work.event('accepted', { message: key }, { recipients: count })
  work.count(now, submitter, 'accepted', count)
  for (const [lane, recipients] of lanes) {
    work.due.push({ message: key, lane: names.textOf(lane), recipients })
  }
}

interface Shared {
  submitter: number
  /** null: the lane is the destination. */
  route: number | null
  tag: number | null
  senderHash: number
  senderDomain: number
  expiresAt: number
}

/** @returns the recipient's lane */
function insertRecipient(
  work: Work,
  key: RecipientKey,
  recipient: NewRecipient,
  shared: Shared,
): number {
  const destination = work.names.idOf(recipient.destination)
  const lane = shared.route ?? destination
  work.connection
    .sql(
      `INSERT INTO recipient (key, state, address, address_hash, destination, lane, submitter, tag, sender_hash,
         sender_domain, due_at, expires_at, attempts, held, cancel, notify, orcpt)
       VALUES (?, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0, ?, ?)`,
    )
    .run(
      key,
      recipient.address,
      hash48(addressKey(recipient.address)),
      destination,
      lane,
      shared.submitter,
      shared.tag,
      shared.senderHash,
      shared.senderDomain,
      work.now,
      shared.expiresAt,
      recipient.notify?.join(',') ?? null,
      recipient.orcpt ?? null,
    )
  if (work.memory.standing.length > 0) {
    holdNewRecipients(work, key, { destination, submitter: shared.submitter, tag: shared.tag })
  }
  return lane
}

/** Keeps the bytes of a message that the relay itself wrote. */
export function keepOwnBytes(work: Work, key: MessageKey, bytes: Uint8Array): void {
  insertChunks(work, key, 0, bytes)
}

function insertChunks(work: Work, upload: number, from: number, bytes: Uint8Array): number {
  let count = 0
  for (let at = 0; at < bytes.length; at += chunkBytes, count++) {
    const piece = bytes.subarray(at, at + chunkBytes)
    if (from + count >= chunksPerMessage) throw new Error('message of too many chunks')
    work.connection
      .sql('INSERT INTO chunk (id, crc, bytes) VALUES (?, ?, ?)')
      .run(upload * chunksPerMessage + from + count, crc32(piece), piece)
  }
  return count
}
