import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseSync as Real } from 'node:sqlite'
import { expect, test, vi } from 'vitest'
import { openForWriting, keepsItsLog } from '../../../../src/store/file/database.ts'
import { StoreUnusable } from '../../../../src/store/file/faults.ts'
import { tempFolder } from '../../../kit/temp-folder.ts'

let faked: string | null = null

/** A SQLite that says another version of itself. */
vi.mock('node:sqlite', async (importActual) => {
  const actual = await importActual<{ DatabaseSync: typeof Real }>()
  class DatabaseSync extends actual.DatabaseSync {
    constructor(...args: ConstructorParameters<typeof Real>) {
      super(...args)
      if (faked !== null) this.function('sqlite_version', () => faked)
    }
  }
  return { ...actual, DatabaseSync }
})

test('a store is neither made nor opened by a SQLite that can lose what was committed; the mend is named', () => {
  using folder = tempFolder()
  const path = join(folder.path, 'sluice.db')
  const words =
    `${path} is not opened with SQLite 3.51.2, which can lose mail (sqlite.org/wal.html#walresetbug); ` +
    'use Node 24.15 or newer: npx sluice setup fetches one'
  for (const fresh of [true, false]) {
    faked = '3.51.2'
    expect(() => openForWriting(path)).toThrow(StoreUnusable)
    expect(() => openForWriting(path)).toThrow(words)
    expect(existsSync(`${path}-wal`)).toBe(false)
    faked = null
    if (fresh) openForWriting(path).close()
  }
  openForWriting(path).close()
})

test.each([
  ['3.51.2', false],
  ['3.51.3', true],
  ['3.52.0', true],
  ['3.53.4', true],
  ['4.0.0', true],
  ['3.50.6', false],
  ['3.50.7', true],
  ['3.44.5', false],
  ['3.44.6', true],
  ['3.49.9', false],
  ['3.7.0', false],
  ['unknown', false],
])('SQLite %s is free of the race: %s', (version, free) => {
  expect(keepsItsLog(version)).toBe(free)
})

test('the SQLite of this Node is free of it', () => {
  expect(keepsItsLog(process.versions['sqlite'] ?? '')).toBe(true)
})
