import { ifError } from 'node:assert'
import { statSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import { expect, test, vi } from 'vitest'
import type { SqliteConnection } from '../../../../src/store/file/sqlite-connection.ts'
import { openForReading } from '../../../../src/store/file/database.ts'
import { Checkpoints } from '../../../../src/store/write/checkpoints.ts'
import { eventually, soon } from '../../../kit/facts.ts'
import { accept, careless, messageTo, openPieces } from '../../../kit/store.ts'
import { tempFolder } from '../../../kit/temp-folder.ts'

const mebibyte = 1024 * 1024

const options = {
  log: { warn: () => undefined },
  isShort: () => false,
  hasRoom: () => true,
  onFull: () => undefined,
  onCut: () => undefined,
  onStuck: () => undefined,
  onBroken: ifError,
}

test('a log that grew behind a long reader is cut to its bound once the reader is gone', async () => {
  using folder = tempFolder()
  const pieces = openPieces(folder.path)
  careless(pieces)
  const { databasePath, writer } = pieces
  const broken: unknown[] = []
  const checkpoints = new Checkpoints(writer.connection, {
    ...options,
    databasePath,
    onBroken: (error) => broken.push(error),
  })
  const logBytes = (): number => statSync(`${databasePath}-wal`).size
  const acceptLarge = async (): Promise<void> => {
    const bytes = Buffer.alloc(250_000, 120)
    await accept(pieces, messageTo(['a@d.test'], { sizeBytes: bytes.length }), bytes)
    checkpoints.move()
  }
  const reader = openForReading(databasePath)
  reader.exec('BEGIN')
  reader.sql('SELECT count(*) FROM message').get()
  while (logBytes() < 400 * mebibyte) await acceptLarge()
  reader.exec('COMMIT')
  await eventually('a log within its bound', async () => {
    await accept(pieces, messageTo(['a@d.test']))
    checkpoints.move()
    return logBytes() < 384 * mebibyte || undefined
  })
  reader.close()
  await checkpoints.close()
  pieces.close()
  expect(broken).toEqual([])
})

test('what comes while the thread moves a long log is left to the thread: the writer moves little when it begins it anew', async () => {
  using folder = tempFolder()
  const pieces = openPieces(folder.path)
  careless(pieces)
  const { databasePath, writer } = pieces
  const logBytes = (): number => statSync(`${databasePath}-wal`).size
  const bytes = Buffer.alloc(250_000, 120)
  const acceptUntil = (mebibytes: number): void => {
    const message = () => messageTo(['a@d.test'], { sizeBytes: bytes.length })
    while (logBytes() < mebibytes * mebibyte)
      pieces.now({ kind: 'accept', upload: null, message: message(), takes: [] }, bytes)
  }
  acceptUntil(150)
  const left = noteLeft(writer.connection)
  let cuts = 0
  const checkpoints = new Checkpoints(writer.connection, {
    ...options,
    databasePath,
    onCut: () => cuts++,
  })
  checkpoints.move()
  // The thread has taken what there was when its round began
  await soon('a round', () => movedPages(writer.connection) > 0)
  acceptUntil(400)
  await eventually('a cut', () => {
    checkpoints.move()
    return cuts > 0 || undefined
  })
  expect(left).toEqual([expect.any(Number)])
  expect(left[0]).toBeLessThanOrEqual(2000)
  await checkpoints.close()
  pieces.close()
})

/** What the log has, and how much of it is moved; moves nothing. */
const logOf = (connection: SqliteConnection) => connection.sql('PRAGMA wal_checkpoint(NOOP)').get()
const movedPages = (connection: SqliteConnection) => Number(logOf(connection)?.['checkpointed'])

/** Notes how many pages are left in the log at each checkpoint that a connection makes itself. */
function noteLeft(connection: SqliteConnection): number[] {
  const left: number[] = []
  const sql = connection.sql.bind(connection)
  vi.spyOn(connection, 'sql').mockImplementation((text) => {
    if (/^PRAGMA wal_checkpoint\((RESTART|TRUNCATE)/.test(text)) {
      const { log, checkpointed } = logOf(connection) ?? {}
      left.push(Number(log) - Number(checkpointed))
    }
    return sql(text)
  })
  return left
}

test('while free space is short the log gives back what it holds, and only what it could not give makes content go', async () => {
  using folder = tempFolder()
  const pieces = openPieces(folder.path)
  careless(pieces)
  const { databasePath, writer } = pieces
  let isShort = false
  let cuts = 0
  const checkpoints = new Checkpoints(writer.connection, {
    ...options,
    databasePath,
    isShort: () => isShort,
    onCut: () => cuts++,
  })
  const logBytes = (): number => statSync(`${databasePath}-wal`).size
  const bytes = Buffer.alloc(250_000, 120)
  while (logBytes() < 20 * mebibyte)
    await accept(pieces, messageTo(['a@d.test'], { sizeBytes: bytes.length }), bytes)
  isShort = true
  expect(checkpoints.isShortAllTheSame).toBe(false)
  await eventually('a short log', () => {
    checkpoints.move()
    return logBytes() < mebibyte || undefined
  })
  expect(cuts).toBe(1)
  await eventually('the end of that round', () => checkpoints.isShortAllTheSame || undefined)
  isShort = false
  expect(checkpoints.isShortAllTheSame).toBe(false)
  await checkpoints.close()
  pieces.close()
})

test('while a reader keeps the log from giving back what it holds, no content goes for it', async () => {
  using folder = tempFolder()
  const pieces = openPieces(folder.path)
  careless(pieces)
  const { databasePath, writer } = pieces
  let rounds = 0
  let cuts = 0
  const checkpoints = new Checkpoints(writer.connection, {
    ...options,
    databasePath,
    isShort: () => true,
    hasRoom: () => ++rounds > 0,
    onCut: () => cuts++,
  })
  const bytes = Buffer.alloc(250_000, 120)
  const acceptUntil = async (mebibytes: number): Promise<void> => {
    while (statSync(`${databasePath}-wal`).size < mebibytes * mebibyte)
      await accept(pieces, messageTo(['a@d.test'], { sizeBytes: bytes.length }), bytes)
  }
  await acceptUntil(1)
  const reader = openForReading(databasePath)
  reader.exec('BEGIN')
  reader.sql('SELECT count(*) FROM message').get()
  await acceptUntil(20)
  const seen = new Set<boolean>()
  await eventually('three rounds', () => {
    checkpoints.move()
    seen.add(checkpoints.isShortAllTheSame)
    return rounds > 3 || undefined
  })
  expect([...seen]).toEqual([false])
  expect(cuts).toBe(0)
  reader.exec('COMMIT')
  await eventually('a cut', () => {
    checkpoints.move()
    return (cuts === 1 && checkpoints.isShortAllTheSame) || undefined
  })
  reader.close()
  await checkpoints.close()
  pieces.close()
})

test('a thread that can’t start is started again after a pause, and a warning says it once', async () => {
  using folder = tempFolder()
  const pieces = openPieces(folder.path)
  const { connection } = pieces.writer
  const warnings: string[] = []
  const log = { warn: (_: object, text: string) => warnings.push(text) }
  // Its file is a folder, which no thread can open
  const failing = new Checkpoints(connection, { ...options, databasePath: folder.path, log })
  await eventually('a warning', () => warnings.length > 0 || undefined)
  const sound = new Checkpoints(connection, {
    ...options,
    databasePath: pieces.databasePath,
    isShort: () => true,
  })
  await accept(pieces, messageTo(['a@d.test']))
  await eventually('a round of another thread', () => {
    failing.move()
    sound.move()
    return sound.isShortAllTheSame || undefined
  })
  expect(warnings).toHaveLength(1)
  await failing.close()
  await sound.close()
  pieces.close()
})

/** Reads the store all the time, for some milliseconds each time, as a process does that answers one request after the other. */
const busyReader = (databasePath: string): Worker =>
  new Worker(
    `const { DatabaseSync } = require('node:sqlite')
     const database = new DatabaseSync(${JSON.stringify(databasePath)}, { readOnly: true })
     const sleep = new Int32Array(new SharedArrayBuffer(4))
     for (;;) {
       database.exec('BEGIN; SELECT count(*) FROM message')
       Atomics.wait(sleep, 0, 0, 20)
       database.exec('COMMIT')
     }`,
    { eval: true },
  )

test('readers that begin a new read whenever one is over keep no log from its bound', async () => {
  using folder = tempFolder()
  const pieces = openPieces(folder.path)
  careless(pieces)
  const { databasePath, writer } = pieces
  const readers = [busyReader(databasePath), busyReader(databasePath), busyReader(databasePath)]
  let isCut = false
  const checkpoints = new Checkpoints(writer.connection, {
    ...options,
    databasePath,
    isShort: () => true, // 4 MB is the bound then
    onCut: () => (isCut = statSync(`${databasePath}-wal`).size === 0),
  })
  const bytes = Buffer.alloc(250_000, 120)
  await eventually(
    'a cut',
    async () => {
      await accept(pieces, messageTo(['a@d.test'], { sizeBytes: bytes.length }), bytes)
      checkpoints.move()
      return isCut || undefined
    },
    15_000,
  )
  await Promise.all(readers.map((reader) => reader.terminate()))
  await checkpoints.close()
  pieces.close()
})
