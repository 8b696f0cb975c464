import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openForReading } from '../../src/store/file/database.ts'
import type { StoreClient } from '../../src/store/protocol/client.ts'
import type { MessageKey } from '../../src/words/keys.ts'
import { eventually } from '../kit/facts.ts'
import { firstSession } from '../kit/sessions.ts'
import { accept, body, messageTo, outcome, recipientOf, runTestStore } from '../kit/store.ts'
import { isRoot } from './needs.ts'
import { smallDisk } from './small-disk.ts'

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

    await eventually('a log that gave back its blocks', async () => {
      await client.send({ kind: 'note', event: 'redis_lost', data: {} })
      return logBytes() < 8 * 1024 * 1024 || undefined
    })
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
    const mail: number[] = []
    for (let n = 0; n < 4000; n++) mail.push(await accept(client, messageTo([`a${n}@d.test`])))
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
    expect(sent).toBeGreaterThan(100)
    expect(sent).toBeLessThan(mail.length)
    expect(existsSync(join(disk.path, 'ballast'))).toBe(true)
    store.pushes.length = 0
    reader.exec('COMMIT')
    reader.close()

    await eventually('mail again', async () => {
      await client.send({ kind: 'note', event: 'redis_lost', data: {} })
      return (await acceptLarge()) === 'accepted' || undefined
    })
    expect(store.pushes.some(({ more }) => more)).toBe(true)
    const key = mail.at(-1) ?? 0
    expect(await begin(client, key)).toMatchObject({ kind: 'started' })
    expect(await client.send(outcome(key, 'delivered'))).toEqual({ kind: 'ok' })
    expect(await store.reader.ledger()).toMatchObject({ delivered: sent + 1, difference: 0 })
    await store.close()
  },
)

const begin = (client: StoreClient, message: MessageKey) =>
  client.send({ kind: 'start', session: firstSession, recipients: [recipientOf(message)] })
