import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { copyStore, restoreStore } from '../../../src/store/copies.ts'
import { openReader } from '../../../src/store/open-reader.ts'
import { accept, messageTo, openPieces, OwnClock } from '../../kit/store.ts'
import { tempFolder } from '../../kit/temp-folder.ts'

let folder: ReturnType<typeof tempFolder>
let path: string
let copy: string
beforeEach(() => {
  folder = tempFolder()
  path = join(folder.path, 'sluice.db')
  copy = join(folder.path, 'copy.db')
})
afterEach(() => {
  folder[Symbol.dispose]()
})

const clock = new OwnClock()

/** What a reader sees of the store that lies there now. */
function seen<T>(look: (reader: ReturnType<typeof openReader>) => T): T {
  const reader = openReader(path)
  try {
    return look(reader)
  } finally {
    reader.close()
  }
}

test('a copy made in use, put back, has all that was answered, held until somebody says go', async () => {
  const pieces = openPieces(folder.path, { clock })
  for (let n = 0; n < 5; n++) await accept(pieces, messageTo(['a@d.test']))
  copyStore(path, copy)
  await accept(pieces, messageTo(['late@d.test']))
  pieces.close()
  const { held, oldStore } = restoreStore(copy, path, clock.at)
  expect(held).toBe(5)
  expect(existsSync(oldStore ?? '')).toBe(true)
  const { summary, lanes } = seen((reader) => ({
    summary: reader.summary(new Set(), clock.at),
    lanes: reader.lanes(),
  }))
  expect(summary.open).toMatchObject({ total: 5, held: 5 })
  expect(lanes).toEqual([])
})

test('a store keeps its id over restarts; each store has another, and each restore gives a new one', () => {
  openPieces(folder.path).close()
  const id = seen((reader) => reader.storeId())
  expect(id).toMatch(/^[0-9a-f]{32}$/)
  openPieces(folder.path).close()
  expect(seen((reader) => reader.storeId())).toBe(id)
  copyStore(path, copy)
  const ids = [id]
  for (let n = 0; n < 2; n++) {
    restoreStore(copy, path, clock.at + n)
    ids.push(seen((reader) => reader.storeId()))
  }
  openPieces(join(folder.path, 'other')).close()
  const other = openReader(join(folder.path, 'other', 'sluice.db'))
  ids.push(other.storeId())
  other.close()
  expect(new Set(ids).size).toBe(4)
})
