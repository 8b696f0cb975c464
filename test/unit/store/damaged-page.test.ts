import { readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { openReader } from '../../../src/store/read/open-reader.ts'
import { ContentGone, CorruptContent } from '../../../src/store/protocol/reader.ts'
import { accept, messageTo, openPieces } from '../../kit/store.ts'
import { tempFolder } from '../../kit/temp-folder.ts'

const pageBytes = 4096

/** Breaks the chains of pages in which the store keeps large texts of `x`. */
function damagePages(databasePath: string): void {
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
  const before = openReader(pieces.databasePath)
  expect(Buffer.concat(await before.content(message)).equals(bytes)).toBe(true)
  const pieceSizes = (await Array.fromAsync(before.pieces(message))).map(({ length }) => length)
  expect(pieceSizes).toEqual([262_144, 37_856])
  await before.close()
  damagePages(pieces.databasePath)
  const reader = openReader(pieces.databasePath)
  await expect(reader.content(message)).rejects.toThrow(CorruptContent)
  await expect(Array.fromAsync(reader.pieces(message))).rejects.toThrow(CorruptContent)
  await expect(reader.content(message + 1)).rejects.toThrow(ContentGone)
  await reader.close()
})
