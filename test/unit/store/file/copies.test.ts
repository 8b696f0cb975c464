import { spawnSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { beforeEach, describe, expect, test } from 'vitest'
import { copyStore, restoreStore } from '../../../../src/store/file/copies.ts'
import { StoreUnusable } from '../../../../src/store/file/faults.ts'
import { openReader } from '../../../../src/store/read/open-reader.ts'
import {
  aProcess,
  accept,
  careless,
  messageTo,
  openPieces,
  operation,
  OwnClock,
} from '../../../kit/store.ts'
import { storeFileForEachTest } from '../../../kit/folder-for-each-test.ts'

const child = fileURLToPath(new URL('./copies-child.ts', import.meta.url))

let folder: string
let path: string
let copy: string
storeFileForEachTest((at) => ({ folder, path, copy } = at))

const clock = new OwnClock()

/** What a reader sees of the store that lies there now. */
async function seen<T>(
  look: (reader: ReturnType<typeof openReader>) => Promise<T>,
  at = path,
): Promise<T> {
  const reader = openReader(at, aProcess)
  try {
    return await look(reader)
  } finally {
    await reader.close()
  }
}
const dueLanes = async () => {
  const reader = openReader(path, aProcess)
  const { due } = await reader.dueLanes(0, clock.at, 10)
  await reader.close()
  return due
}
const acceptedIn = (at: string): Promise<number> =>
  seen(async (reader) => (await reader.ledger()).accepted, at)
const modeOf = (file: string): number => statSync(file).mode & 0o777

/** A store with some messages, left as a kill leaves it: with a log. */
async function makeStore(messages: number): Promise<void> {
  const pieces = openPieces(folder, { clock })
  for (let n = 0; n < messages; n++)
    await accept(pieces, messageTo(['a@d.test'], { messageIdHeader: `<marked@${n}>` }))
  const [file, log] = [readFileSync(path), readFileSync(`${path}-wal`)]
  pieces.close()
  writeFileSync(path, file)
  writeFileSync(`${path}-wal`, log)
}

test('a copy made in use, put back, has all that was answered, held until somebody says go', async () => {
  const pieces = openPieces(folder, { clock })
  for (let n = 0; n < 5; n++) await accept(pieces, messageTo(['a@d.test']))
  copyStore(path, copy)
  await accept(pieces, messageTo(['late@d.test']))
  pieces.close()
  const { held, oldStore } = restoreStore(copy, path, clock.at)
  expect(held).toBe(5)
  expect(existsSync(oldStore ?? '')).toBe(true)
  const { summary } = await seen(async (reader) => ({
    summary: await reader.summary(new Set(), clock.at),
  }))
  expect(summary.open).toMatchObject({ total: 5, held: 5 })
  expect(await dueLanes()).toEqual([])
})

test('an operation that went on when the copy was made does not go on in the store put back', async () => {
  const pieces = openPieces(folder, { clock })
  const many = Array.from({ length: 1500 }, (_, n) => `u${n}@d.test`)
  await accept(pieces, messageTo(many))
  expect(await pieces.send(operation('purge', { answer: 'begun' }))).toMatchObject({
    kind: 'begun',
  })
  copyStore(path, copy)
  pieces.close()
  restoreStore(copy, path, clock.at)
  const restored = openPieces(folder, { clock })
  await restored.idle()
  restored.close()
  const { operations } = await seen((reader) => reader.operations({ before: null, limit: 1 }))
  expect(operations).toMatchObject([{ action: 'purge', state: 'stopped' }])
  const { open } = await seen((reader) => reader.summary(new Set(), clock.at))
  expect(open.held).toBe(1500 - (operations[0]?.recipients ?? 0))
  expect(open.held).toBeGreaterThan(0)
})

test('a store keeps its id over restarts; each store has another, and each restore gives a new one', async () => {
  openPieces(folder).close()
  const id = await seen((reader) => reader.storeId())
  expect(id).toMatch(/^[0-9a-f]{32}$/)
  openPieces(folder).close()
  expect(await seen((reader) => reader.storeId())).toBe(id)
  copyStore(path, copy)
  const ids = [id]
  for (let n = 0; n < 2; n++) {
    restoreStore(copy, path, clock.at + n)
    ids.push(await seen((reader) => reader.storeId()))
  }
  openPieces(join(folder, 'other')).close()
  ids.push(await seen((reader) => reader.storeId(), join(folder, 'other', 'sluice.db')))
  expect(new Set(ids).size).toBe(4)
})

test('a copy and what is restored from it are their owner’s alone', async () => {
  await makeStore(1)
  copyStore(path, copy)
  expect(modeOf(copy)).toBe(0o600)
  restoreStore(copy, path, clock.at)
  expect(modeOf(path)).toBe(0o600)
})

test('a restored store writes to a log again, so that nobody who reads it waits', async () => {
  await makeStore(1)
  copyStore(path, copy)
  restoreStore(copy, path, clock.at)
  const pieces = openPieces(folder)
  const mode = pieces.writer.connection.sql('PRAGMA journal_mode').get()
  pieces.close()
  expect(mode).toEqual({ journal_mode: 'wal' })
})

test('a restored store gives no number to a message or an event that the old one gave', async () => {
  const pieces = openPieces(folder, { clock })
  careless(pieces)
  await accept(pieces, messageTo(['a@d.test']))
  copyStore(path, copy)
  const given = []
  for (let n = 0; n < 2500; n++) given.push(await accept(pieces, messageTo(['a@d.test'])))
  const lastEvent = pieces.writer.memory.nextEvent - 1
  pieces.close()
  restoreStore(copy, path, clock.at)
  expect(await seen((reader) => reader.events({ after: lastEvent, limit: 9 }))).toMatchObject({
    events: [{ seq: lastEvent + 1, event: 'restored' }],
  })
  const restored = openPieces(folder, { clock })
  const next = await accept(restored, messageTo(['a@d.test']))
  restored.close()
  expect(next).toBeGreaterThan(Math.max(...given))
})

test('a store that can’t be read any more gives way to a copy, and is kept', async () => {
  await makeStore(2)
  copyStore(path, copy)
  const rubbish = 'hello '.repeat(2000)
  writeFileSync(path, rubbish)
  writeFileSync(`${path}-wal`, rubbish)
  const { held, oldStore } = restoreStore(copy, path, clock.at)
  expect(held).toBe(2)
  expect(readFileSync(oldStore ?? '', 'utf8')).toBe(rubbish)
  expect(existsSync(`${path}-wal`)).toBe(false)
  expect(await acceptedIn(path)).toBe(2)
})

test('what lies in the log of a copy or of the old store goes with it, and no log stays for the new one', async () => {
  await makeStore(3)
  copyFileSync(path, copy)
  copyFileSync(`${path}-wal`, `${copy}-wal`)
  const { oldStore } = restoreStore(copy, path, clock.at)
  expect(readdirSync(folder).filter((name) => /^sluice\.db-/.test(name))).toEqual([])
  expect(await acceptedIn(path)).toBe(3)
  expect(await acceptedIn(oldStore ?? '')).toBe(3)
})

describe('nothing is touched by a copy that is no whole store of this release:', () => {
  const database = (sql: string, anew = false) => {
    if (anew) rmSync(copy)
    const made = new DatabaseSync(copy)
    made.exec(sql)
    made.close()
  }
  /** A Message-ID lies in its row and in the index: the last that is found of it is changed. */
  const spoilIndex = (file: string) => {
    const bytes = readFileSync(file)
    bytes.write('<other-@', bytes.lastIndexOf('<marked@'))
    writeFileSync(file, bytes)
  }
  test.each<[string, () => void, string]>([
    ['an empty file', () => writeFileSync(copy, ''), 'not a store of Sluice'],
    ['a file that is no database', () => writeFileSync(copy, 'hello '.repeat(2000)), 'damaged'],
    [
      'that of another program',
      () => database('CREATE TABLE theirs (a)', true),
      'not a store of Sluice',
    ],
    [
      'that of a newer release',
      () => database('PRAGMA user_version = 99'),
      'install that release again',
    ],
    ['one that lacks a part', () => database('DROP TABLE held'), 'not whole'],
    ['one that was cut short', () => truncateSync(copy, 4096 * 8), 'damaged'],
    ['one whose rows and indexes differ', () => spoilIndex(copy), 'damaged'],
    ['one that is not there', () => undefined, 'not there'],
  ])('%s', async (what, spoil, reason) => {
    await makeStore(3)
    if (what !== 'one that is not there') copyStore(path, copy)
    spoil()
    const [id, files] = [await seen((reader) => reader.storeId()), readdirSync(folder)]
    let refusal: unknown
    try {
      restoreStore(copy, path, clock.at)
    } catch (error) {
      refusal = error
    }
    expect(refusal).toBeInstanceOf(StoreUnusable)
    expect((refusal as Error).message).toContain(reason)
    expect(await seen((reader) => reader.storeId())).toBe(id)
    expect(await acceptedIn(path)).toBe(3)
    expect(readdirSync(folder).filter((name) => !files.includes(name))).toEqual([])
  })
})

test('a store that somebody still reads stays in its place, and nothing of the copy lies about', async () => {
  await makeStore(3)
  copyStore(path, copy)
  const reading = new DatabaseSync(path)
  reading.exec('BEGIN; SELECT count(*) FROM message')
  const files = readdirSync(folder)
  expect(() => restoreStore(copy, path, clock.at)).toThrow('is being read')
  expect(readdirSync(folder)).toEqual(files)
  reading.close()
  expect(restoreStore(copy, path, clock.at).held).toBe(3)
})

test('no copy is made of a backup that was put in place beside the log of the store before', async () => {
  await makeStore(3)
  copyStore(path, copy)
  const log = readFileSync(`${path}-wal`)
  copyFileSync(copy, path)
  const other = join(folder, 'other.db')
  expect(() => copyStore(path, other)).toThrow('belongs to another file')
  expect(existsSync(other)).toBe(false)
  expect(readFileSync(`${path}-wal`).equals(log)).toBe(true)
})

test('a copy that finds no room is refused, and nothing of it stays', async () => {
  const pieces = openPieces(folder, { clock })
  const bytes = Buffer.alloc(500_000, 'x')
  await accept(pieces, messageTo(['a@d.test'], { sizeBytes: bytes.length }), bytes)
  pieces.close()
  // No file may grow beyond 100 KB, as if the disk ended there.
  const script = `ulimit -f 200; exec "${process.execPath}" "${child}" backup "${path}" "${copy}"`
  const { status, stderr } = spawnSync('sh', ['-c', script], { encoding: 'utf8' })
  expect(status).not.toBe(0)
  expect(stderr).toContain('StoreUnusable')
  expect(readdirSync(folder).filter((name) => name.startsWith('copy'))).toEqual([])
})

describe('a store that was killed in its first transaction after a restore', () => {
  /** As a kill leaves it: pages that the journal takes back. */
  beforeEach(() => {
    openPieces(folder).close()
    copyStore(path, copy)
    rmSync(path)
    copyFileSync(copy, path)
    const writing = new DatabaseSync(path)
    writing.exec('PRAGMA cache_size = 1; BEGIN; UPDATE remembered SET value = 77')
    const many = 'WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)'
    writing.exec(`${many} INSERT INTO name (text) SELECT 'x' || i || hex(randomblob(100)) FROM n`)
    const [file, journal] = [readFileSync(path), readFileSync(`${path}-journal`)]
    writing.close()
    writeFileSync(path, file)
    writeFileSync(`${path}-journal`, journal)
  })

  test('can be replaced, and is kept as it was before', () => {
    const { oldStore } = restoreStore(copy, path, clock.at)
    expect(existsSync(`${path}-journal`)).toBe(false)
    using old = new DatabaseSync(oldStore ?? '')
    expect(old.prepare('SELECT count(*) AS n FROM name').get()?.['n']).toBe(0)
  })

  test('leaves no journal to the new one, where its own file is lost', () => {
    rmSync(path)
    restoreStore(copy, path, clock.at)
    expect(existsSync(`${path}-journal`)).toBe(false)
  })
})
