import {
  closeSync,
  openSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { copyStore, restoreStore } from '../../../../src/store/file/copies.ts'
import { openForReading, openForWriting } from '../../../../src/store/file/database.ts'
import { StoreUnusable } from '../../../../src/store/file/faults.ts'
import { openReader } from '../../../../src/store/read/open-reader.ts'
import { damagePages } from '../../../kit/damage.ts'
import { aProcess, accept, messageTo, openPieces, runTestStore } from '../../../kit/store.ts'
import { storeFileForEachTest } from '../../../kit/folder-for-each-test.ts'

let folder: string
let path: string
storeFileForEachTest((at) => ({ folder, path } = at))

/** A store with some messages, closed, all of it in the one file. */
async function makeStore(messages = 50): Promise<void> {
  const pieces = openPieces(folder)
  for (let n = 0; n < messages; n++) await accept(pieces, messageTo([`u${n}@d.test`]))
  pieces.writer.connection.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  pieces.close()
}

const refusal = (): string => {
  try {
    openForWriting(path).close()
  } catch (error) {
    expect(error).toBeInstanceOf(StoreUnusable)
    return (error as Error).message
  }
  throw new Error('it was opened')
}

describe('a file that is not a sound store of this release is refused, left as it is, and the mend is named', () => {
  test('one of a newer release', async () => {
    await makeStore(1)
    const database = new DatabaseSync(path)
    database.exec('PRAGMA user_version = 99')
    database.close()
    const before = readFileSync(path)
    expect(refusal()).toContain('install that release again')
    expect(readFileSync(path).equals(before)).toBe(true)
  })

  test('one of another program', () => {
    const database = new DatabaseSync(path)
    database.exec('CREATE TABLE theirs (a)')
    database.close()
    expect(refusal()).toContain('not a store of Sluice')
  })

  test('one that is no database', () => {
    writeFileSync(path, 'hello '.repeat(2000))
    expect(refusal()).toContain('sluice restore')
    expect(readFileSync(path, 'utf8')).toContain('hello')
  })

  test('one with a page of rubbish, whichever page it is', async () => {
    await makeStore()
    const whole = readFileSync(path)
    const pages = statSync(path).size / 4096
    for (let page = 0; page < pages; page++) {
      writeFileSync(path, whole)
      const file = openSync(path, 'r+')
      writeSync(file, Buffer.alloc(4096, 0xa5), 0, 4096, page * 4096)
      closeSync(file)
      expect(refusal(), `page ${page}`).toContain('sluice restore')
    }
  })

  test('one with a page of rubbish under a log that a crash left: the log stays as it is', async () => {
    const pieces = openPieces(folder)
    for (let n = 0; n < 300; n++) await accept(pieces, messageTo([`u${n}@d.test`]))
    pieces.writer.connection.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    await accept(pieces, messageTo(['late@d.test']))
    const [file, log] = [readFileSync(path), readFileSync(`${path}-wal`)]
    pieces.close()
    writeFileSync(path, file)
    damagePages(path, 'event', 'first')
    writeFileSync(`${path}-wal`, log)
    const damaged = readFileSync(path)
    expect(refusal()).toContain('sluice restore')
    expect(readFileSync(`${path}-wal`).equals(log)).toBe(true)
    expect(readFileSync(path).equals(damaged)).toBe(true)
  })

  test('one that was cut short', async () => {
    await makeStore()
    truncateSync(path, 4096 * 4)
    expect(refusal()).toContain('sluice restore')
  })
})

test('a store whose making was cut off is made anew', async () => {
  writeFileSync(path, '')
  openForWriting(path).close()
  const database = new DatabaseSync(path)
  database.exec('PRAGMA user_version')
  database.close()
  expect((await openReader(path, aProcess).ledger()).accepted).toBe(0)
})

test('a second store on the same folder is refused, and can have it when the first has gone', async () => {
  const first = await runTestStore(folder)
  await expect(runTestStore(folder)).rejects.toThrow('another store process')
  await first.close()
  const second = await runTestStore(folder)
  await second.close()
})

test('a copy that somebody reads when it is first opened is told as in use, and opened once they are done', async () => {
  const copy = join(folder, 'copy.db')
  await (await runTestStore(folder)).close()
  copyStore(path, copy)
  restoreStore(copy, path, 0)
  const reader = openForReading(path)
  reader.exec('BEGIN')
  reader.sql('SELECT count(*) FROM message').get()
  await expect(runTestStore(folder)).rejects.toThrow(
    'sluice.db is in use by another program, such as a backup; wait for its end',
  )
  reader.exec('COMMIT')
  reader.close()
  await (await runTestStore(folder)).close()
})

test('a store that can not be opened does not keep the folder locked', async () => {
  writeFileSync(path, 'hello '.repeat(2000))
  await expect(runTestStore(folder)).rejects.toThrow('damaged')
  await expect(runTestStore(folder)).rejects.toThrow('damaged')
})
