import { statSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ContentGone } from '../../../../src/store/protocol/reader.ts'
import { day } from '../../../../src/time/clock.ts'
import {
  accept,
  body,
  messageTo,
  operation,
  outcome,
  type OwnClock,
  storeForEachTest,
  type FreshStore,
} from '../../../kit/store.ts'
import { defaultRetention } from '../../../kit/retention.ts'
import { readEvents } from '../../../kit/read-events.ts'

let pieces: FreshStore['pieces']
let reader: FreshStore['reader']
let clock: OwnClock

let isLogStuck = false
storeForEachTest({ retention: defaultRetention, isLogStuck: () => isLogStuck }, (fresh) => {
  isLogStuck = false
  ;({ clock, pieces, reader } = fresh)
})

const rowsOf = (table: string) =>
  Number(pieces.writer.connection.sql(`SELECT count(*) AS n FROM ${table}`).get()?.['n'])

test('bytes stay while one recipient is open, and go with the last delivery', async () => {
  const message = await accept(pieces, messageTo(['a@d.test', 'b@d.test']))
  pieces.now(outcome(message, 'delivered', [0]))
  expect(Buffer.concat(await reader.content(message)).equals(body)).toBe(true)
  pieces.now(outcome(message, 'delivered', [1]))
  await expect(reader.content(message)).rejects.toThrow(ContentGone)
})

test('bytes of a large delivered message go with the next sweep, piece by piece', async () => {
  const bytes = Buffer.alloc(20 * 1024 * 1024, 'x')
  const message = await accept(pieces, messageTo(['a@d.test'], { sizeBytes: bytes.length }), bytes)
  const next = await accept(pieces, messageTo(['a@d.test']))
  pieces.now(outcome(message, 'delivered'))
  await pieces.sweep()
  expect(rowsOf('chunk')).toBe(1)
  expect(Buffer.concat(await reader.content(next)).equals(body)).toBe(true)
})

test('bytes that are swept while they are read are gone, not damaged', async () => {
  const bytes = Buffer.alloc(20 * 1024 * 1024, 'x')
  const message = await accept(pieces, messageTo(['a@d.test'], { sizeBytes: bytes.length }), bytes)
  const reading = reader.pieces(message)[Symbol.asyncIterator]()
  await reading.next()
  pieces.now(outcome(message, 'delivered'))
  await pieces.sweep()
  await expect(reading.next()).rejects.toThrow(ContentGone)
})

test('bytes of a message that failed stay for their time, its record for its own', async () => {
  const message = await accept(pieces, messageTo(['a@d.test', 'b@d.test']))
  pieces.now(outcome(message, 'delivered', [0]))
  pieces.now(outcome(message, 'bounced', [1]))
  const seen = async () =>
    (
      await reader.messages(
        { status: ['bounced'] },
        { before: null, limit: 1 },
        new Set(),
        clock.at,
      )
    ).messages[0]
  clock.at += 3 * day - 1
  await pieces.sweep()
  expect((await seen())?.contentKept).toBe(true)
  expect(Buffer.concat(await reader.content(message)).equals(body)).toBe(true)
  clock.at += 1
  await pieces.sweep()
  expect((await seen())?.contentKept).toBe(false)
  await expect(reader.content(message)).rejects.toThrow(ContentGone)
  clock.at += 27 * day + 1
  await pieces.sweep()
  expect(await seen()).toBeUndefined()
  expect(['message', 'recipient', 'attempt', 'chunk'].map(rowsOf)).toEqual([0, 0, 0, 0])
  // The counters remember what the rows do not.
  expect(await reader.ledger()).toMatchObject({
    accepted: 2,
    delivered: 1,
    bounced: 1,
    difference: 0,
  })
})

test('bytes that go while they are read are gone, not damaged', async () => {
  const bytes = Buffer.alloc(20 * 1024 * 1024, 'x')
  const message = await accept(pieces, messageTo(['a@d.test'], { sizeBytes: bytes.length }), bytes)
  const parts = reader.pieces(message)[Symbol.asyncIterator]()
  await parts.next()
  pieces.now(outcome(message, 'delivered'))
  await pieces.sweep()
  await expect(parts.next()).rejects.toThrow(ContentGone)
})

test('what is open is never swept, however old; what is younger neither', async () => {
  const old = await accept(pieces, messageTo(['a@d.test']))
  const settled = await accept(pieces, messageTo(['a@d.test']))
  pieces.now(outcome(settled, 'bounced'))
  clock.at += 40 * day
  const young = await accept(pieces, messageTo(['a@d.test']))
  pieces.now(outcome(young, 'bounced'))
  await pieces.sweep()
  expect(
    await Promise.all(
      [old, settled, young].map(async (key) => (await reader.envelope(key, [])) !== null),
    ),
  ).toEqual([true, false, true])
  expect(Buffer.concat(await reader.content(old)).equals(body)).toBe(true)
})

test('thousands of old messages and one of thousands of recipients go, slice by slice', async () => {
  for (let n = 0; n < 450; n++)
    pieces.now(outcome(await accept(pieces, messageTo(['a@d.test'])), 'bounced'))
  const many = Array.from({ length: 1500 }, (_, n) => `u${n}@d.test`)
  const large = await accept(pieces, messageTo(many))
  pieces.now(
    outcome(
      large,
      'bounced',
      many.map((_, n) => n),
    ),
  )
  const last = await accept(pieces, messageTo(['a@d.test']))
  clock.at += 31 * day
  await pieces.sweep()
  expect(['message', 'recipient', 'attempt', 'chunk'].map(rowsOf)).toEqual([1, 1, 0, 1])
  expect(await reader.envelope(last, [])).not.toBeNull()
})

test('old events go, all but the last', async () => {
  const happened = { event: 'redis_recovered', data: {} } as const
  for (let n = 0; n < 2500; n++) pieces.now({ kind: 'note', happened })
  const last = (await reader.eventRange()).newest
  clock.at += 31 * day
  await pieces.sweep()
  expect((await readEvents(reader, 0, 10)).map(({ seq }) => seq)).toEqual([last])
})

describe('space that a purge made is given back to the disk', () => {
  const bytes = Buffer.alloc(1024 * 1024, 'x')
  let kept: number
  const databaseBytes = (): number => {
    pieces.writer.connection.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    return statSync(pieces.databasePath).size
  }
  beforeEach(async () => {
    const more = { sizeBytes: bytes.length }
    for (let n = 0; n < 100; n++) await accept(pieces, messageTo(['a@d.test'], more), bytes)
    kept = await accept(pieces, messageTo(['b@d.test'], more), bytes)
    databaseBytes()
    await pieces.send(operation('purge', { filter: { to: 'a@d.test' } }))
  })
  afterEach(async () => {
    expect(Buffer.concat(await reader.content(kept)).equals(bytes)).toBe(true)
  })

  test('when the time of its bytes is over, but for some that the next mail will need', async () => {
    await pieces.sweep()
    expect(databaseBytes()).toBeGreaterThan(100 * 1024 * 1024)
    clock.at += 3 * day
    await pieces.sweep()
    expect(databaseBytes()).toBeLessThan(80 * 1024 * 1024)
    expect(databaseBytes()).toBeGreaterThan(60 * 1024 * 1024)
  })

  test('at once and nearly all of it while space is short, unless the log keeps each page that is moved', async () => {
    pieces.groups.allow('short')
    isLogStuck = true
    await pieces.sweep()
    expect(databaseBytes()).toBeGreaterThan(100 * 1024 * 1024)
    isLogStuck = false
    await pieces.sweep()
    expect(databaseBytes()).toBeLessThan(10 * 1024 * 1024)
  })
})
