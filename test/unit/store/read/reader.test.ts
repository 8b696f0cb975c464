import { afterAll, expect, test } from 'vitest'
import { openForReading } from '../../../../src/store/file/database.ts'
import { SqliteConnection } from '../../../../src/store/file/sqlite-connection.ts'
import { openReader } from '../../../../src/store/read/open-reader.ts'
import { firstRecipient } from '../../../../src/words/keys.ts'
import type { Engine } from '../../../conformance/engine.ts'
import { readerConformance } from '../../../conformance/reader.ts'
import { aProcess, careless, openPieces, OwnClock } from '../../../kit/store.ts'
import { tempFolder } from '../../../kit/temp-folder.ts'
import { scansOf } from '../../../kit/watch-statements.ts'

/** What each connection was asked, over all tests of this file. */
const asked = new Map<SqliteConnection, Set<string>>()
const writers = new Set<SqliteConnection>()
const { prototype } = SqliteConnection
const original = Object.getOwnPropertyDescriptor(prototype, 'sql') ?? {}
prototype.sql = function (this: SqliteConnection, text) {
  const texts = asked.get(this) ?? new Set()
  asked.set(this, texts.add(text))
  return (original.value as typeof prototype.sql).call(this, text)
}
afterAll(() => void Object.defineProperty(prototype, 'sql', original))

readerConformance('SQLite', () => {
  const folder = tempFolder()
  const clock = new OwnClock()
  const pieces = openPieces(folder.path, { clock })
  careless(pieces)
  writers.add(pieces.writer.connection)
  const reader = openReader(pieces.databasePath, aProcess)
  const engine: Engine = {
    clock,
    send: pieces.send,
    reader,
    damage: (message, fromByte) => {
      const chunk = message * 4096 + Math.floor(fromByte / 262_144)
      pieces.writer.connection.exec('BEGIN')
      pieces.writer.connection.exec(
        `UPDATE chunk SET bytes = zeroblob(length(bytes)) WHERE id = ${chunk}`,
      )
      pieces.writer.connection.exec('COMMIT')
    },
    makeTransactional: (message) => {
      const [first, next] = [firstRecipient(message), firstRecipient(message + 1)]
      pieces.writer.connection.exec('BEGIN')
      pieces.writer.connection.exec(
        `UPDATE recipient SET class = 0 WHERE key >= ${first} AND key < ${next}`,
      )
      pieces.writer.connection.exec('COMMIT')
    },
    close: async () => {
      await reader.close()
      pieces.close()
      folder[Symbol.dispose]()
    },
  }
  return Promise.resolve(engine)
})

/** Walks through a whole table or index, with why each may. All other reads cost the same however long the history is. */
const allowedScans: Readonly<Record<string, string>> = {
  'SCAN identity': 'one row',
  'SCAN account USING INDEX sqlite_autoindex_account_1': 'is listed whole',
  'SCAN api_key': 'is listed whole',
  'SCAN recipient USING COVERING INDEX recipient_open_by_destination':
    'counts what is open, where the store process can’t be asked',
  'SCAN recipient USING COVERING INDEX recipient_due_in_lane':
    'the same by submitter and minute, where the store process can’t be asked',
  'SCAN recipient USING INDEX recipient_due_in_lane':
    "the same of Sluice's own mail, where the store process can’t be asked",
}

test('no read goes through a table that grows with the queue or the history, but for those that are to', async () => {
  using folder = tempFolder()
  const pieces = openPieces(folder.path, {})
  writers.add(pieces.writer.connection)
  const reader = openReader(pieces.databasePath, aProcess)
  const now = Date.UTC(2026, 10, 30)
  await reader.refused(now)
  for (const filter of [{}, { submitter: 'account:shop' }, { reason: 'limit' as const }]) {
    await reader.refusals(filter, { before: null, limit: 10 })
  }
  await reader.message('none', new Set(), now)
  await reader.clock()
  await reader.close()
  const texts = new Set(
    [...asked].flatMap(([connection, of]) => (writers.has(connection) ? [] : [...of])),
  )
  const connection = openForReading(pieces.databasePath)
  const scans = [...texts].flatMap((text) =>
    scansOf({ connection }, text)
      .filter((detail) => !(detail in allowedScans))
      .map((detail) => `${detail}: ${text}`),
  )
  connection.close()
  pieces.close()
  expect(scans).toEqual([])
  expect(texts.size).toBeGreaterThan(80)
})
