import { ifError } from 'node:assert'
import { statSync } from 'node:fs'
import { expect, test } from 'vitest'
import { openForReading } from '../../../src/store/file/database.ts'
import { Checkpoints } from '../../../src/store/write/checkpoints.ts'
import { eventually } from '../../kit/facts.ts'
import { accept, careless, messageTo, openPieces } from '../../kit/store.ts'
import { tempFolder } from '../../kit/temp-folder.ts'

const mebibyte = 1024 * 1024

const options = {
  log: { warn: () => undefined },
  isShort: () => false,
  hasRoom: () => true,
  onCut: () => undefined,
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
    checkpoints.afterCommit()
  }
  const reader = openForReading(databasePath)
  reader.exec('BEGIN')
  reader.sql('SELECT count(*) FROM message').get()
  while (logBytes() < 400 * mebibyte) await acceptLarge()
  reader.exec('COMMIT')
  await eventually('a log within its bound', async () => {
    await accept(pieces, messageTo(['a@d.test']))
    checkpoints.afterCommit()
    return logBytes() < 384 * mebibyte || undefined
  })
  reader.close()
  await checkpoints.close()
  pieces.close()
  expect(broken).toEqual([])
})

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
    checkpoints.afterCommit()
    return logBytes() < mebibyte || undefined
  })
  expect(cuts).toBe(1)
  await eventually('the end of that round', () => checkpoints.isShortAllTheSame || undefined)
  isShort = false
  expect(checkpoints.isShortAllTheSame).toBe(false)
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
    failing.afterCommit()
    sound.afterCommit()
    return sound.isShortAllTheSame || undefined
  })
  expect(warnings).toHaveLength(1)
  await failing.close()
  await sound.close()
  pieces.close()
})
