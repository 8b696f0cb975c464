import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openLogFile } from '../../src/app/open-log-file.ts'
import { dataPaths } from '../../src/config/paths.ts'
import { openForReading } from '../../src/store/file/database.ts'
import { roomOf } from '../../src/store/file/reserve.ts'
import { growthFromOutside } from '../../src/store/file/growth-from-outside.ts'
import { eventually } from '../kit/facts.ts'
import { startRelay } from '../kit/relay.ts'
import { body, messageTo, runTestStore } from '../kit/store.ts'
import { beforeNextSweepMs, mebibyte } from './behind-reader.ts'
import { isRoot } from './needs.ts'
import { smallDisk } from './small-disk.ts'

/** A long reader of a store, as a backup that hangs. */
function longReader(databasePath: string): () => void {
  const reader = openForReading(databasePath)
  reader.exec('BEGIN')
  reader.sql('SELECT count(*) FROM message').get()
  return () => {
    reader.exec('COMMIT')
    reader.close()
  }
}

test.skipIf(!isRoot)(
  'however much is logged behind a long reader, the store keeps the room to move its own log, and takes mail when the reader is gone',
  async () => {
    using disk = smallDisk(240)
    const store = await runTestStore(disk.path)
    const paths = dataPaths(disk.path)
    const end = longReader(store.databasePath)
    const large = Buffer.alloc(250_000, 120)
    const isTaken = async (bytes = body) => {
      const message = messageTo(['a@d.test'], { sizeBytes: bytes.length })
      const command = { kind: 'accept', upload: null, message, takes: [] } as const
      return (await store.client.send(command, bytes)).kind === 'accepted'
    }
    await eventually('a refusal', async () => {
      for (;;) if (!(await isTaken(large))) return true
    })
    const logs = ['smtp', 'delivery', 'api'].map((name) =>
      openLogFile(paths, name, { maxBytes: 1000 * mebibyte, files: 5 }),
    )
    const line = Buffer.from(`${'x'.repeat(4000)}\n`)
    // Three times what the disk has, at least
    const lost = Array.from({ length: 180_000 }, (_, n) => logs[n % 3]?.append(line)).filter(
      Boolean,
    )
    expect(lost.length).toBeGreaterThan(1000)
    expect(roomOf(disk.path).free - growthFromOutside(store.databasePath)).toBeGreaterThan(
      8 * mebibyte,
    )
    end()
    await eventually('mail again', async () => (await isTaken()) || undefined, beforeNextSweepMs)
    await eventually('lines again', () => logs[0]?.append(line) === null || undefined)
    await store.close()
  },
)

test.skipIf(!isRoot)(
  'clients that try again and again behind a long reader do not fill the disk with lines: mail is taken again when the reader is gone',
  async () => {
    // Too small for a ballast, which would be room for them
    using disk = smallDisk(64)
    const dataDir = join(disk.path, 'var')
    await using relay = await startRelay({ route: 'smtp://127.0.0.1:1', dataDir })
    const { database } = dataPaths(dataDir)
    const end = longReader(database)
    const free = () => roomOf(disk.path).free - growthFromOutside(database)
    const mail = { to: 'a@d.test', bytes: `${'y'.repeat(70)}\r\n`.repeat(3500) }
    await using client = await relay.smtp()
    const refused = /^452 4\.3\.1 /
    await eventually('a refusal', async () => refused.test(await client.submit(mail)) || undefined)
    // Other programs leave two thirds of the half that new mail may not have
    const filler = join(disk.path, 'filler')
    writeFileSync(filler, Buffer.alloc(Math.max(0, free() - 2 * mebibyte), 1))
    const helo = `${'h'.repeat(60)}.`.repeat(3).concat('test')
    const retry = async () => {
      await using one = await relay.smtp()
      await one.ehlo(helo)
      const from = `${'s'.repeat(60)}@${helo}`
      for (let n = 0; n < 400; n++) {
        expect(await one.submit({ from, to: `${'z'.repeat(60)}@${helo}` })).toMatch(refused)
      }
    }
    await Promise.all(Array.from({ length: 12 }, retry))
    expect(free()).toBeGreaterThan(mebibyte)
    end()
    await eventually(
      'mail again',
      async () => /^250 /.test(await client.submit({ to: 'after@d.test' })) || undefined,
      beforeNextSweepMs,
    )
  },
)
