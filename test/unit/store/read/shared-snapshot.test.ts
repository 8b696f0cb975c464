import { afterEach, expect, test } from 'vitest'
import type { SqliteConnection } from '../../../../src/store/file/sqlite-connection.ts'
import { openForReading } from '../../../../src/store/file/database.ts'
import { SharedSnapshot } from '../../../../src/store/read/shared-snapshot.ts'
import { accept, messageTo, openPieces } from '../../../kit/store.ts'
import { folderForEachTest } from '../../../kit/folder-for-each-test.ts'

let pieces: ReturnType<typeof openPieces>
let connection: SqliteConnection
let snapshot: SharedSnapshot

folderForEachTest((folder) => {
  pieces = openPieces(folder)
  connection = openForReading(pieces.databasePath)
  snapshot = new SharedSnapshot(connection)
})
afterEach(() => {
  snapshot.close()
  pieces.close()
})

const messages = () => connection.sql('SELECT count(*) AS count FROM message').get()?.['count']
const acceptOne = () =>
  pieces.now(
    { kind: 'accept', upload: null, takes: [], message: messageTo(['a@d.test']) },
    Buffer.from('x'),
  )

test('reads asked for at once see one moment, whatever is written between them', async () => {
  const first = snapshot.read(messages)
  acceptOne()
  const second = snapshot.read(messages)
  expect(await Promise.all([first, second])).toEqual([0, 0])
})

test('who waits for an answer and asks again sees what was written meanwhile', async () => {
  expect(await snapshot.read(messages)).toBe(0)
  acceptOne()
  expect(await snapshot.read(messages)).toBe(1)
})

test('nothing is left open that would keep the log from being begun anew, after a fault neither', async () => {
  await accept(pieces, messageTo(['a@d.test']))
  await snapshot.read(messages)
  await expect(
    snapshot.read(() => connection.sql('SELECT nothing FROM message').get()),
  ).rejects.toThrow('nothing')
  expect(connection.inTransaction).toBe(false)
  expect(pieces.writer.connection.sql('PRAGMA wal_checkpoint(TRUNCATE)').get()).toMatchObject({
    busy: 0,
  })
})
