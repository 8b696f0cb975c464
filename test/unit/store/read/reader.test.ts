import { openReader } from '../../../../src/store/read/open-reader.ts'
import { firstRecipient } from '../../../../src/words/keys.ts'
import type { Engine } from '../../../conformance/engine.ts'
import { readerConformance } from '../../../conformance/reader.ts'
import { aProcess, careless, openPieces, OwnClock } from '../../../kit/store.ts'
import { tempFolder } from '../../../kit/temp-folder.ts'

readerConformance('SQLite', () => {
  const folder = tempFolder()
  const clock = new OwnClock()
  const pieces = openPieces(folder.path, { clock })
  careless(pieces)
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
