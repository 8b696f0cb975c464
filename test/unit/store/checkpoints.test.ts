import { statSync } from 'node:fs'
import { expect, test } from 'vitest'
import { openForReading } from '../../../src/store/file/database.ts'
import { Checkpoints } from '../../../src/store/write/checkpoints.ts'
import { eventually } from '../../kit/facts.ts'
import { accept, careless, messageTo, openPieces } from '../../kit/store.ts'
import { tempFolder } from '../../kit/temp-folder.ts'

const mebibyte = 1024 * 1024

test('a log that grew behind a long reader is cut to its bound once the reader is gone', async () => {
  using folder = tempFolder()
  const pieces = openPieces(folder.path)
  careless(pieces)
  const { databasePath, writer } = pieces
  const broken: unknown[] = []
  const checkpoints = new Checkpoints(writer.connection, {
    databasePath,
    log: { warn: () => undefined },
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
