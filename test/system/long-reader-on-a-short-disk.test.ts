import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openForReading } from '../../src/store/file/database.ts'
import { eventually } from '../kit/facts.ts'
import { accept, body, messageTo, outcome, runTestStore } from '../kit/store.ts'
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
