import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openForReading } from '../../src/store/file/database.ts'
import { roomOf } from '../../src/store/file/reserve.ts'
import { logBytesOf } from '../../src/store/file/move-log.ts'
import type { StoreClient } from '../../src/store/protocol/client.ts'
import { second } from '../../src/time/clock.ts'
import type { MessageKey } from '../../src/words/keys.ts'
import { eventually } from '../kit/facts.ts'
import { firstSession, follow } from '../kit/sessions.ts'
import { silent } from '../kit/silent.ts'
import { recipientOf, runTestStore } from '../kit/store.ts'

/** A sweep would commit something, and have the log moved by that: nothing may have to wait for it. */
export const beforeNextSweepMs = 15 * second

export const begin = (client: StoreClient, message: MessageKey) =>
  client.send({ kind: 'start', session: firstSession, recipients: [recipientOf(message)] })

export const mebibyte = 1024 * 1024
export const lock = 'delivery'

/** A store on a disk of its own with mail queued, of which other programs have left less than the reserve; then a long reader comes. */
export async function behindReader(
  disk: { path: string },
  queue: (client: StoreClient) => Promise<MessageKey[]>,
) {
  const warned: unknown[] = []
  const warn = (fields: object): void => {
    if ('event' in fields) warned.push(fields.event)
  }
  const store = await runTestStore(disk.path, { follows: false, log: { ...silent, warn } })
  const { client, databasePath } = store
  await client.send(follow({ lock }))
  const mail = await queue(client)
  const free = () => roomOf(disk.path).free
  const fillUp = () => {
    const bytes = free() - roomOf(disk.path).size / 12
    writeFileSync(filler, Buffer.alloc(Math.max(0, bytes), 1), { flag: 'a' })
  }
  const filler = join(disk.path, 'filler')
  // What lay in the log counts too, once it is cut
  fillUp()
  await eventually('a short log', () => logBytesOf(databasePath) < mebibyte || undefined)
  fillUp()
  const reader = openForReading(databasePath)
  reader.exec('BEGIN')
  reader.sql('SELECT count(*) FROM message').get()
  const sendsMail = async () => {
    const state = await client.send({ kind: 'in-flight' })
    return state.kind === 'in-flight' && state.sendsMail
  }
  const end = () => {
    reader.exec('COMMIT')
    reader.close()
  }
  return { store, mail, warned, free, filler, sendsMail, end, ballast: join(disk.path, 'ballast') }
}

export function inFlight<A extends { kind: string }>(answer: A): Extract<A, { kind: 'in-flight' }> {
  if (answer.kind !== 'in-flight') throw new Error(answer.kind)
  return answer as Extract<A, { kind: 'in-flight' }>
}
