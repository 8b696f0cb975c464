import { existsSync, rmSync, statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openForReading } from '../../src/store/file/database.ts'
import { logBytesOf } from '../../src/store/file/move-log.ts'
import type { StoreClient } from '../../src/store/protocol/client.ts'
import type { MessageKey } from '../../src/words/keys.ts'
import { diskFull } from '../../src/store/write/writer.ts'
import { eventually, within } from '../kit/facts.ts'
import { follow } from '../kit/sessions.ts'
import {
  accept,
  body,
  messageTo,
  operation,
  outcome,
  recipientOf,
  runTestStore,
} from '../kit/store.ts'
import { isRoot } from './needs.ts'
import {
  begin,
  beforeNextSweepMs,
  behindReader,
  inFlight,
  lock,
  mebibyte,
} from './behind-reader.ts'
import { fill, smallDisk } from './small-disk.ts'

test.skipIf(!isRoot)(
  'mail is refused while the log that grew behind a long reader still fits into the database file; then all goes on',
  async () => {
    using disk = smallDisk(240)
    const store = await runTestStore(disk.path)
    const { client } = store
    const first = await accept(client, messageTo(['a@d.test']))
    const second = await accept(client, messageTo(['b@d.test']))
    const logBytes = (): number => statSync(`${store.databasePath}-wal`).size

    const reader = openForReading(store.databasePath)
    reader.exec('BEGIN')
    reader.sql('SELECT count(*) FROM message').get()
    const bytes = Buffer.alloc(250_000, 120)
    const acceptLarge = () =>
      client.send(
        {
          kind: 'accept',
          upload: null,
          message: messageTo(['a@d.test'], { sizeBytes: bytes.length }),
          takes: [],
        },
        bytes,
      )
    await eventually('a refusal', async () => {
      for (;;) if ((await acceptLarge()).kind !== 'accepted') return true
    })
    expect(await client.send(outcome(first, 'delivered'))).toEqual({ kind: 'ok' })
    reader.exec('COMMIT')
    reader.close()

    await eventually(
      'a log that gave back its blocks',
      () => logBytes() < 8 * 1024 * 1024 || undefined,
      beforeNextSweepMs,
    )
    expect(existsSync(join(disk.path, 'ballast'))).toBe(true)
    expect(await client.send(outcome(second, 'delivered'))).toEqual({ kind: 'ok' })
    await eventually('mail again', async () => {
      const message = messageTo(['c@d.test'])
      const answer = await client.send({ kind: 'accept', upload: null, message, takes: [] }, body)
      return answer.kind === 'accepted' || undefined
    })
    expect(await store.reader.ledger()).toMatchObject({ delivered: 2, difference: 0 })
    await store.close()
  },
)

test.skipIf(!isRoot)(
  'behind a long reader outcomes leave the log the room that it needs: sending is suspended, and goes on when the reader is gone',
  async () => {
    using disk = smallDisk(240)
    const store = await runTestStore(disk.path)
    const { client, databasePath } = store
    const mail = await queued(4000)(client)
    const reader = openForReading(databasePath)
    reader.exec('BEGIN')
    reader.sql('SELECT count(*) FROM message').get()
    const bytes = Buffer.alloc(250_000, 120)
    const acceptLarge = async () => {
      const message = messageTo(['a@d.test'], { sizeBytes: bytes.length })
      return (await client.send({ kind: 'accept', upload: null, message, takes: [] }, bytes)).kind
    }
    await eventually('a refusal', async () => {
      for (;;) if ((await acceptLarge()) !== 'accepted') return true
    })

    let sent = 0
    for (const key of mail) {
      if ((await begin(client, key)).kind !== 'started') break
      expect(await client.send(outcome(key, 'delivered'))).toEqual({ kind: 'ok' })
      sent++
    }
    expect(sent).toBeGreaterThan(10)
    expect(sent).toBeLessThan(mail.length)
    expect(existsSync(join(disk.path, 'ballast'))).toBe(true)
    store.pushes.length = 0
    reader.exec('COMMIT')
    reader.close()

    await eventually(
      'mail again',
      async () => (await acceptLarge()) === 'accepted' || undefined,
      beforeNextSweepMs,
    )
    expect(store.pushes.some(({ more }) => more)).toBe(true)
    const key = mail.at(-1) ?? 0
    expect(await begin(client, key)).toMatchObject({ kind: 'started' })
    expect(await client.send(outcome(key, 'delivered'))).toEqual({ kind: 'ok' })
    expect(await store.reader.ledger()).toMatchObject({ delivered: sent + 1, difference: 0 })
    await store.close()
  },
)

/** Mail in the queue, each to one recipient. */
const queued = (count: number) => async (client: StoreClient) => {
  const keys: MessageKey[] = []
  const accepted = (n: number) => accept(client, messageTo([`a${n}@d${n % 100}.test`]))
  for (let n = 0; n < count; n += 100)
    keys.push(...(await Promise.all(Array.from({ length: 100 }, (_, i) => accepted(n + i)))))
  return keys
}

/** Begins mail and puts it off, some at a time, until nothing more may be begun. @returns how many */
async function putOff(client: StoreClient, mail: readonly MessageKey[]): Promise<number> {
  const later = Date.UTC(2040, 0, 1)
  for (let sent = 0; sent < mail.length; sent += 10) {
    const some = mail.slice(sent, sent + 10)
    const begun = await Promise.all(some.map((key) => begin(client, key)))
    if (begun.some(({ kind }) => kind !== 'started')) return sent
    const said = await Promise.all(
      some.map((key) => client.send(outcome(key, { dueAt: later + key }))),
    )
    expect(new Set(said.map(({ kind }) => kind))).toEqual(new Set(['ok']))
  }
  return mail.length
}

test.skipIf(!isRoot)(
  'outcomes that hardly make the file longer leave the log its room, too; all goes on by itself when the reader is gone',
  async () => {
    using disk = smallDisk(240)
    const { store, mail, free, sendsMail, end, ballast } = await behindReader(disk, queued(4000))
    const { client } = store
    const [first = 0, ...others] = mail
    expect(await begin(client, first)).toMatchObject({ kind: 'started' })
    const sent = await putOff(client, others)
    expect(sent).toBeGreaterThan(100)
    expect(sent).toBeLessThan(others.length - 100)
    // What is in flight has room for its outcome
    expect(await client.send(outcome(first, 'delivered'))).toEqual({ kind: 'ok' })
    expect(existsSync(ballast)).toBe(true)
    expect(free()).toBeGreaterThan(8 * mebibyte)
    end()
    await eventually('sending', async () => (await sendsMail()) || undefined, beforeNextSweepMs)
    expect(store.pushes.some(({ more }) => more)).toBe(true)
    expect(await putOff(client, others.slice(sent, sent + 10))).toBe(10)
    expect(await store.reader.ledger()).toMatchObject({ delivered: 1, difference: 0 })
    await store.close()
  },
)

test.skipIf(!isRoot)(
  'a purge behind a long reader waits when the room is kept, another is refused; it ends by itself when the reader is gone',
  async () => {
    using disk = smallDisk(400)
    const recipients = Array.from({ length: 100 }, (_, n) => `a${n}@d.test`)
    const { store, mail, free, sendsMail, end, ballast } = await behindReader(
      disk,
      async (client) => {
        const keys: MessageKey[] = []
        while (keys.length < 600) keys.push(await accept(client, messageTo(recipients)))
        return keys
      },
    )
    const { client } = store
    const purged = client.send(operation('purge'))
    await eventually('a wait', async () => !(await sendsMail()) || undefined)
    const { slices } = await client.send({ kind: 'in-flight' }).then(inFlight)
    expect(await client.send(operation('retry'))).toEqual(diskFull)
    const counted = await client.send(operation('purge', { dryRun: true }))
    expect(counted).toMatchObject({ kind: 'operated' })
    expect(await begin(client, mail.at(-1) ?? 0)).toEqual(diskFull)
    expect(slices).toBeLessThan(120)
    expect(existsSync(ballast)).toBe(true)
    expect(free()).toBeGreaterThan(4 * mebibyte)
    end()
    expect(await within('the end of the purge', purged, beforeNextSweepMs)).toMatchObject({
      kind: 'operated',
      recipients: 60_000,
    })
    await store.close()
  },
)

test.skipIf(!isRoot)(
  'a store that starts on a disk that is full behind a long reader goes on once there is room for what the log alone has',
  async () => {
    using disk = smallDisk(240)
    const { store, mail, end, filler, ballast } = await behindReader(disk, queued(4000))
    const sent = await putOff(store.client, mail)
    rmSync(ballast)
    fill(join(disk.path, 'more'))
    await store.close()
    const again = await runTestStore(disk.path, { follows: false })
    const sendsMail = async () =>
      (await again.client.send({ kind: 'in-flight' }).then(inFlight)).sendsMail
    expect(await sendsMail()).toBe(false)
    end()
    expect(await sendsMail()).toBe(false)
    truncateSync(filler, statSync(filler).size - 2 * mebibyte)
    await eventually('sending', async () => (await sendsMail()) || undefined, beforeNextSweepMs)
    expect(logBytesOf(again.databasePath)).toBeLessThan(4 * mebibyte)
    const left = mail.slice(sent, sent + 10).map((key) => recipientOf(key))
    const followed = await again.client.send(follow({ lock }))
    if (followed.kind !== 'followed') throw new Error(followed.kind)
    const { session } = followed
    const started = await again.client.send({ kind: 'start', session, recipients: left })
    expect(started).toEqual({ kind: 'started', recipients: left })
    await again.close()
  },
)
