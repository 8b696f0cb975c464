import { readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { openReader } from '../../../../src/store/read/open-reader.ts'
import { ContentGone, CorruptContent } from '../../../../src/store/protocol/reader.ts'
import { StoreUnusable } from '../../../../src/store/file/faults.ts'
import { damagePages } from '../../../kit/damage.ts'
import {
  aProcess,
  accept,
  careless,
  messageTo,
  openPieces,
  recipientOf,
  runTestStore,
} from '../../../kit/store.ts'
import { eventually } from '../../../kit/facts.ts'
import { firstSession as session, follow } from '../../../kit/sessions.ts'
import { tempFolder } from '../../../kit/temp-folder.ts'

const pageBytes = 4096

/** Breaks the chains of pages in which the store keeps large texts of `x`. */
function breakChains(databasePath: string): void {
  const file = readFileSync(databasePath)
  for (let page = 0; page < file.length; page += pageBytes) {
    const isChained = file.subarray(page + 4, page + pageBytes).every((byte) => byte === 120)
    if (isChained) file.fill(0xff, page, page + 4)
  }
  writeFileSync(databasePath, file)
}

test('a damaged page under the bytes of a message counts as damage of that message', async () => {
  using folder = tempFolder()
  const pieces = openPieces(folder.path)
  const bytes = Buffer.alloc(300_000, 120)
  const message = await accept(pieces, messageTo(['a@d.test'], { sizeBytes: bytes.length }), bytes)
  pieces.writer.connection.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  pieces.close()
  const before = openReader(pieces.databasePath, aProcess)
  expect(Buffer.concat(await before.content(message)).equals(bytes)).toBe(true)
  const pieceSizes = (await Array.fromAsync(before.pieces(message))).map(({ length }) => length)
  expect(pieceSizes).toEqual([262_144, 37_856])
  await before.close()
  breakChains(pieces.databasePath)
  const reader = openReader(pieces.databasePath, aProcess)
  await expect(reader.content(message)).rejects.toThrow(CorruptContent)
  await expect(Array.fromAsync(reader.pieces(message))).rejects.toThrow(CorruptContent)
  await expect(reader.content(message + 1)).rejects.toThrow(ContentGone)
  await reader.close()
})

test('damage that the store meets at work, too large to be read through at its start, is told as damage, with the way to restore', async () => {
  using folder = tempFolder()
  const pieces = openPieces(folder.path)
  careless(pieces)
  const bytes = Buffer.alloc(250_000, 120)
  const large = { sizeBytes: bytes.length }
  const first = await accept(pieces, messageTo(['first@d.test'], large), bytes)
  // So large that it is not read through when it opens.
  for (let n = 0; n < 280; n++) await accept(pieces, messageTo([`u${n}@d.test`], large), bytes)
  pieces.writer.connection.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  pieces.close()
  damagePages(pieces.databasePath, 'recipient', 'first')
  const broken: unknown[] = []
  const running = await runTestStore(folder.path, {
    follows: false,
    onBroken: (error) => broken.push(error),
  })
  const { client } = running
  // Whether its first sweeps meet it or the start: nothing is answered any more.
  void client.send(follow()).catch(() => null)
  void client.send({ kind: 'start', session, recipients: [recipientOf(first)] }).catch(() => null)
  await eventually('the end', () => broken.length > 0 || undefined)
  expect(broken[0]).toBeInstanceOf(StoreUnusable)
  expect((broken[0] as Error).message).toBe(
    `${pieces.databasePath} is damaged, or a read of it failed; look at the disk (dmesg) and start again; if this comes again, restore a copy with: npx sluice restore FILE`,
  )
  await running.close()
})

test('a page under an envelope is damage of the store, not of one message, and told before the caller sees it', async () => {
  using folder = tempFolder()
  const pieces = openPieces(folder.path)
  const message = await accept(pieces, messageTo(['a@d.test']))
  pieces.writer.connection.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  pieces.close()
  damagePages(pieces.databasePath, 'message')
  const told: unknown[] = []
  const reader = openReader(pieces.databasePath, aProcess, (error) => told.push(error))
  await expect(reader.envelope(message, [])).rejects.toThrow('malformed')
  await expect(reader.content(message)).rejects.toThrow('malformed')
  expect(told).toHaveLength(2)
  await reader.close()
})
