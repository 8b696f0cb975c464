/**
 * The bytes of messages, in pieces. Those of a large message come while its DATA still arrives: they are an upload until the
 * message is accepted.
 */
import { crc32 } from 'node:zlib'
import { FreshMap } from '../../collections/fresh.ts'
import type { Channel } from '../../ipc/channel.ts'
import { chunksPerMessage } from '../file/keys.ts'
import type { Answer, AnswerTo } from '../protocol/answers.ts'
import {
  chunkBytes,
  type AbandonCommand,
  type ChunkCommand,
  type Command,
} from '../protocol/commands.ts'
import type { AskedCommand, Carriers } from './asked.ts'
import type { Work } from './transaction.ts'

/** Keeps a piece of a message whose DATA is still coming. */
function keepChunk(
  work: Work,
  command: ChunkCommand,
  { payload }: Pick<AskedCommand, 'payload'>,
): AnswerTo<ChunkCommand> {
  if (command.upload === null) {
    const upload = work.memory.nextMessage++
    work.connection.sql('INSERT INTO upload (key) VALUES (?)').run(upload)
    insertChunks(work, upload, 0, payload)
    work.afterCommit.push(() => work.memory.uploads.add(upload))
    return { kind: 'chunk', upload }
  }
  if (!isLiveUpload(work, command.upload)) return unknownUpload
  insertChunks(work, command.upload, countChunks(work, command.upload), payload)
  return { kind: 'chunk', upload: command.upload }
}

export const unknownUpload = { kind: 'refused', reason: 'unknown upload' } as const

/** Memory says which uploads lack no piece, the table which of them were not accepted or dropped in this transaction. */
export const isLiveUpload = ({ memory, connection }: Work, upload: number): boolean =>
  memory.uploads.has(upload) &&
  connection.sql('SELECT 1 FROM upload WHERE key = ?').get(upload) !== undefined

function countChunks({ connection }: Work, upload: number): number {
  const last = connection
    .sql('SELECT max(id) AS id FROM chunk WHERE id >= ? AND id < ?')
    .get(upload * chunksPerMessage, (upload + 1) * chunksPerMessage)?.['id']
  return typeof last === 'number' ? (last % chunksPerMessage) + 1 : 0
}

/** The rest of an upload, whose message is accepted: its pieces are the message's from now on. */
export function endUpload(work: Work, upload: number, rest: Uint8Array): void {
  insertChunks(work, upload, countChunks(work, upload), rest)
  work.connection.sql('DELETE FROM upload WHERE key = ?').run(upload)
  work.afterCommit.push(() => work.memory.uploads.delete(upload))
}

/** Forgets an upload and its chunks; what was accepted meanwhile stays. */
export function abandonUpload(work: Work, upload: number): AnswerTo<AbandonCommand> {
  work.memory.uploads.delete(upload)
  dropUpload(work, upload)
  return { kind: 'ok' }
}

/** Removes what came of a message that was never accepted. */
export function dropUpload(work: Work, upload: number): void {
  const { changes } = work.connection.sql('DELETE FROM upload WHERE key = ?').run(upload)
  if (Number(changes) > 0) deleteChunks(work, upload)
}

/** @param chunks the number that they lie under, not the message's key */
export function deleteChunks({ connection }: Pick<Work, 'connection'>, chunks: number): void {
  connection
    .sql('DELETE FROM chunk WHERE id >= ? AND id < ?')
    .run(chunks * chunksPerMessage, (chunks + 1) * chunksPerMessage)
}

/** Even no bytes are a piece: a message without a chunk has lost it. */
export function insertChunks(work: Work, chunks: number, from: number, bytes: Uint8Array): void {
  let next = from
  for (let at = 0; at < bytes.length || next === 0; at += chunkBytes, next++) {
    const piece = bytes.subarray(at, at + chunkBytes)
    if (next >= chunksPerMessage) throw new Error('message of too many chunks')
    work.connection
      .sql('INSERT INTO chunk (id, crc, bytes) VALUES (?, ?, ?)')
      .run(chunks * chunksPerMessage + next, crc32(piece), piece)
  }
}

export const uploadCommands = {
  chunk: keepChunk,
  abandon: (work, { upload }) => abandonUpload(work, upload),
} satisfies Carriers<'chunk' | 'abandon'>

/** Which connection sends the bytes of which message. */
export class UploadOwners {
  readonly #owners = new FreshMap<number, Channel>()
  readonly #onAbandoned: (upload: number) => void

  /** `onAbandoned`: whoever was sending it is gone, and what came of it is nobody's. */
  constructor(onAbandoned: (upload: number) => void) {
    this.#onAbandoned = onAbandoned
  }

  /** To be told of each answer before it leaves. */
  answered(channel: Channel, command: Command, answer: Answer): void {
    if (answer.kind === 'chunk') {
      // It belongs to who opened it.
      if (!this.#owners.has(answer.upload)) this.#owners.set(answer.upload, channel)
      if (channel.closed) this.lost(channel)
    } else if (command.kind === 'accept' || command.kind === 'abandon') {
      if (command.upload !== null) this.#owners.delete(command.upload)
    }
  }

  lost(channel: Channel): void {
    for (const [upload, owner] of this.#owners) {
      if (owner !== channel) continue
      this.#owners.delete(upload)
      this.#onAbandoned(upload)
    }
  }
}
