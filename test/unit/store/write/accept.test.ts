import { afterEach, describe, expect, test } from 'vitest'
import { openReader } from '../../../../src/store/read/open-reader.ts'
import { ContentGone, CorruptContent } from '../../../../src/store/protocol/reader.ts'
import { aProcess, accept, body, messageTo, openPieces, OwnClock } from '../../../kit/store.ts'
import { folderForEachTest } from '../../../kit/folder-for-each-test.ts'

let folder: string
let pieces: ReturnType<typeof openPieces>
let reader: ReturnType<typeof openReader>
let clock: OwnClock

const open = () => {
  pieces = openPieces(folder, { clock })
  reader = openReader(pieces.databasePath, aProcess)
}
const close = async () => {
  await reader.close()
  pieces.close()
}
folderForEachTest((fresh) => {
  folder = fresh
  clock = new OwnClock()
  open()
})
afterEach(async () => {
  await close()
})

function begin(bytes: Buffer): number {
  const answer = pieces.now({ kind: 'chunk', upload: null }, bytes)
  if (answer.kind !== 'chunk') throw new Error('no upload')
  return answer.upload
}
const ask = (command: Parameters<typeof pieces.now>[0], payload: Uint8Array) => ({
  command,
  payload,
  by: aProcess,
  answer: () => undefined,
})
const rowsOf = (table: string) =>
  pieces.writer.connection.sql(`SELECT count(*) AS n FROM ${table}`).get()?.['n']

describe('the bytes', () => {
  test('pieces sent ahead and the last one come back as one whole, in order', async () => {
    const upload = begin(Buffer.from('one '))
    const other = begin(Buffer.from('other'))
    pieces.now({ kind: 'chunk', upload }, Buffer.from('two '))
    const message = messageTo(['a@d.test'], { sizeBytes: 13 })
    const answer = pieces.now({ kind: 'accept', upload, message, takes: [] }, Buffer.from('three'))
    if (answer.kind !== 'accepted') throw new Error('not accepted')
    expect(Buffer.concat(await reader.content(answer.message)).toString()).toBe('one two three')
    expect(answer.message).toBeGreaterThan(other)
  })

  test('a flipped bit, a missing piece in the middle and a missing last piece are told', async () => {
    const bytes = Buffer.alloc(3 * 262_144, 'x')
    const message = await accept(
      pieces,
      messageTo(['a@d.test'], { sizeBytes: bytes.length }),
      bytes,
    )
    const { connection } = pieces.writer
    const damage = async (sql: string) => {
      connection.exec('BEGIN')
      connection.exec(sql)
      connection.exec('COMMIT')
      await expect(reader.content(message)).rejects.toThrow(CorruptContent)
    }
    const first = message * 4096
    await damage(`UPDATE chunk SET id = ${first + 9} WHERE id = ${first + 2}`)
    await damage(`DELETE FROM chunk WHERE id = ${first + 9}`)
    await damage(`UPDATE chunk SET bytes = x'00' WHERE id = ${first}`)
    connection.exec('DELETE FROM chunk')
    await expect(reader.content(message)).rejects.toThrow(ContentGone)
  })
})

describe('an upload', () => {
  test('that lacks a refused piece is never accepted, in the same group neither', async () => {
    const upload = begin(Buffer.from('one'))
    const answers: string[] = []
    const note = (a: { kind: string }) => answers.push(a.kind)
    const message = messageTo(['a@d.test'])
    const faulty = null as unknown as Buffer
    pieces.writer.commit([
      { command: { kind: 'chunk', upload }, payload: faulty, answer: note, by: aProcess },
      {
        command: { kind: 'chunk', upload },
        payload: Buffer.from('three'),
        answer: note,
        by: aProcess,
      },
      {
        command: { kind: 'accept', upload, message, takes: [] },
        payload: body,
        answer: note,
        by: aProcess,
      },
    ])
    expect(answers).toEqual(['fault', 'refused', 'refused'])
    expect((await reader.ledger()).accepted).toBe(0)
  })

  test('dropped in the same group in which it is accepted keeps its bytes', async () => {
    const upload = begin(Buffer.from('one'))
    const message = messageTo(['a@d.test'], { sizeBytes: 3 + body.length })
    const accepting = { kind: 'accept', upload, message, takes: [] } as const
    pieces.writer.commit([ask(accepting, body), ask({ kind: 'abandon', upload }, Buffer.alloc(0))])
    const key = (await reader.messages({}, { before: null, limit: 1 }, new Set(), clock.at))
      .messages[0]?.key
    expect(Buffer.concat(await reader.content(key ?? 0)).length).toBe(message.sizeBytes)
  })

  test('of a message that is known already is dropped at once: its bytes came once more', async () => {
    const message = messageTo(['a@d.test'])
    pieces.now({ kind: 'accept', upload: null, message, takes: [] }, body)
    const again = { kind: 'accept', upload: begin(body), message, takes: [] } as const
    for (let n = 0; n < 2; n++) expect(pieces.now(again, body).kind).toBe('accepted')
    expect([rowsOf('upload'), rowsOf('chunk')]).toEqual([0, 1])
    expect(pieces.writer.memory.uploads.size).toBe(0)
    expect((await reader.ledger()).accepted).toBe(1)
  })

  test('accepted twice makes one message', async () => {
    const upload = begin(Buffer.from('one'))
    const accepting = {
      kind: 'accept',
      upload,
      message: messageTo(['a@d.test']),
      takes: [],
    } as const
    const again = { ...accepting, message: messageTo(['b@d.test']) }
    expect(pieces.now(accepting, body).kind).toBe('accepted')
    expect(pieces.now(again, body)).toEqual({ kind: 'refused', reason: 'unknown upload' })
    expect((await reader.ledger()).accepted).toBe(1)
  })

  test('that a crash left over, was refused its message, or was abandoned is swept with its bytes', async () => {
    begin(Buffer.from('left'))
    await close()
    open()
    const refused = begin(Buffer.from('refused'))
    const live = begin(Buffer.from('live'))
    const message = messageTo([])
    expect(pieces.now({ kind: 'accept', upload: refused, message, takes: [] }, body).kind).toBe(
      'refused',
    )
    pieces.now({ kind: 'abandon', upload: begin(Buffer.from('abandoned')) })
    await pieces.sweep()
    expect([rowsOf('upload'), rowsOf('chunk')]).toEqual([1, 1])
    const kept = {
      kind: 'accept',
      upload: live,
      message: messageTo(['a@d.test']),
      takes: [],
    } as const
    expect(pieces.now(kept, body).kind).toBe('accepted')
  })

  test('of before a restart is unknown after it, and its number names no other', async () => {
    const upload = begin(Buffer.from('one'))
    pieces.now({ kind: 'abandon', upload })
    await close()
    open()
    expect(begin(Buffer.from('another'))).toBeGreaterThan(upload)
    expect(pieces.now({ kind: 'chunk', upload }, body).kind).toBe('refused')
  })
})

describe('an accept', () => {
  test('said twice is answered twice and done once', async () => {
    const command = {
      kind: 'accept',
      upload: null,
      message: messageTo(['a@d.test']),
      takes: [],
    } as const
    const first = pieces.now(command, body)
    expect(pieces.now(command, body)).toEqual(first)
    expect(await reader.ledger()).toMatchObject({ accepted: 1, open: 1 })
  })

  test('with a fault in it is undone alone; its company is kept', async () => {
    const good = () =>
      ({ kind: 'accept', upload: null, message: messageTo(['a@new.test']), takes: [] }) as const
    const bad = {
      ...good(),
      message: messageTo(['b@bad.test'], { sender: null as unknown as string }),
    }
    const answers: string[] = []
    const note = (a: { kind: string }) => answers.push(a.kind)
    pieces.writer.commit(
      [good(), bad, good()].map((command) => ({
        command,
        payload: body,
        answer: note,
        by: aProcess,
      })),
    )
    expect(answers).toEqual(['accepted', 'fault', 'accepted'])
    expect(await reader.ledger()).toMatchObject({ accepted: 2, open: 2, difference: 0 })
    // What the undone one had put into the dictionary is made anew, not remembered.
    pieces.now({ ...good(), message: messageTo(['b@bad.test']) }, body)
    expect(
      (await reader.summary(new Set(), clock.at)).destinations.map((row) => row.destination),
    ).toEqual(['new.test', 'bad.test'])
  })

  test('of no recipients, or of more than a message can have, is refused', () => {
    for (const count of [0, 65_536]) {
      const message = messageTo(Array.from({ length: count }, () => 'a@d.test'))
      expect(pieces.now({ kind: 'accept', upload: null, message, takes: [] }, body).kind).toBe(
        'refused',
      )
    }
  })

  test('while the clock goes back a little keeps the order of time', async () => {
    await accept(pieces, messageTo(['a@d.test']))
    const middle = (clock.at += 1000)
    await accept(pieces, messageTo(['b@d.test']))
    clock.at -= 500
    await accept(pieces, messageTo(['c@d.test']))
    const older = await reader.messages(
      { olderThan: middle },
      { before: null, limit: 9 },
      new Set(),
      clock.at,
    )
    expect(older.messages.map(({ recipients }) => recipients[0]?.address)).toEqual(['a@d.test'])
  })
})

test('no number of a message or an event is given twice, whatever was swept before a restart', async () => {
  const message = await accept(pieces, messageTo(['a@d.test']))
  const event = (await reader.eventRange()).newest
  pieces.writer.connection.exec('DELETE FROM message; DELETE FROM recipient; DELETE FROM chunk')
  await pieces.sweep()
  await close()
  open()
  expect(await accept(pieces, messageTo(['a@d.test']))).toBeGreaterThan(message)
  expect((await reader.eventRange()).newest).toBeGreaterThan(event)
})
