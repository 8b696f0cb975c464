import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openForReading, openForWriting } from '../../../../src/store/file/database.ts'
import { growthFromOutside } from '../../../../src/store/file/growth-from-outside.ts'
import { growthOf, logBytesOf } from '../../../../src/store/file/move-log.ts'
import { tempFolder } from '../../../kit/temp-folder.ts'

test('without a connection it is known how much the log has yet to bring into the file, with all that is written', () => {
  using folder = tempFolder()
  const path = join(folder.path, 'sluice.db')
  expect(growthFromOutside(path)).toBe(0)
  const connection = openForWriting(path)
  const grow = (bytes: number): void => {
    connection.exec(`INSERT INTO name (text) VALUES (hex(randomblob(${bytes / 2})))`)
    expect(growthFromOutside(path)).toBe(growthOf(connection, path))
  }
  grow(100)
  const reader = openForReading(path)
  reader.exec('BEGIN')
  reader.sql('SELECT count(*) FROM message').get()
  for (let n = 0; n < 20; n++) grow(200_000)
  expect(growthFromOutside(path)).toBeGreaterThan(4_000_000)
  // Written over and over, it makes the log longer and the file not
  const before = growthFromOutside(path)
  for (let n = 0; n < 500; n++) connection.exec(`UPDATE clock SET changes = ${n}`)
  expect(logBytesOf(path)).toBeGreaterThan(before + 1_500_000)
  expect(growthFromOutside(path)).toBe(before)
  // What is not committed counts not yet
  connection.exec('BEGIN; PRAGMA cache_size = 10')
  connection.exec("INSERT INTO name (text) VALUES (hex(randomblob(1000000)) || 'open')")
  expect(growthFromOutside(path)).toBeGreaterThanOrEqual(before)
  connection.exec('ROLLBACK')
  reader.exec('COMMIT')
  reader.close()
  // The log begins anew, and what it had before stays behind that until it is written over
  connection.exec('PRAGMA wal_checkpoint(RESTART)')
  expect(growthFromOutside(path)).toBe(0)
  grow(100_000)
  expect(growthFromOutside(path)).toBeLessThan(1_000_000)
  connection.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  expect(growthFromOutside(path)).toBe(0)
  connection.close()
})

test('a log that is none counts by its length', () => {
  using folder = tempFolder()
  const path = join(folder.path, 'sluice.db')
  writeFileSync(`${path}-wal`, Buffer.alloc(5000))
  expect(growthFromOutside(path)).toBe(5000)
})
