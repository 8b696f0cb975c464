import { expect, test } from 'vitest'
import { day, hour } from '../../../../src/time/clock.ts'
import {
  accept,
  messageTo,
  operation,
  outcome,
  storeForEachTest,
  type FreshStore,
  type OwnClock,
} from '../../../kit/store.ts'
import { defaultRetention } from '../../../kit/retention.ts'
import { soon } from '../../../kit/facts.ts'
import { scansOf, watchStatements } from '../../../kit/watch-statements.ts'
import { readEvents } from '../../../kit/read-events.ts'

let pieces: FreshStore['pieces']
let reader: FreshStore['reader']
let clock: OwnClock

storeForEachTest({ retention: defaultRetention }, (fresh) => ({ clock, pieces, reader } = fresh))

const count = (table: string) =>
  Number(pieces.writer.connection.sql(`SELECT count(*) AS n FROM ${table}`).get()?.['n'])

const eventsNamed = async (name: string) =>
  (await readEvents(reader, 0, 10_000)).filter(({ event }) => event === name)

/** Old and open, as somebody holds it. */
function acceptHeld(messages: number) {
  const { connection } = pieces.writer
  connection.exec('BEGIN')
  for (let n = 0; n < messages; n++) {
    connection.exec(
      `INSERT INTO message (key, id, submitter, sender, route, size, accepted_at, esmtp, recipients, open, failed, chunks)
         VALUES (${n + 10}, 'held ${n}', 1, '', 1, 0, ${clock.at}, '{}', 1, 1, 0, ${n + 10})`,
    )
  }
  connection.exec('COMMIT')
  pieces.writer.memory.nextMessage = messages + 10
}

test('a sweep that fails is an alarm; those behind it go on, and it comes again', async () => {
  const message = await accept(pieces, messageTo(['a@d.test']))
  pieces.now(outcome(message, 'bounced'))
  await accept(pieces, messageTo(['b@d.test']))
  await pieces.send(operation('hold', { until: clock.at + hour }))
  const { connection } = pieces.writer
  connection.exec(
    `CREATE TRIGGER fault BEFORE UPDATE ON message WHEN NEW.content_until IS NULL BEGIN
       SELECT raise(ABORT, 'a fault'); END`,
  )
  clock.at += 4 * day
  await pieces.sweep()
  await pieces.sweep()
  expect(await eventsNamed('released')).toHaveLength(1)
  expect(pieces.alarms).toEqual([
    { event: 'sweep_failed', sweep: 'content', fault: 'a fault' },
    { event: 'sweep_failed', sweep: 'content', fault: 'a fault' },
  ])
  expect((await eventsNamed('sweep_failed')).map(({ data }) => data)).toEqual([
    { sweep: 'content', fault: 'a fault' },
  ])
  connection.exec('DROP TRIGGER fault')
  await pieces.sweep()
  expect(count('chunk')).toBe(1)
  expect(pieces.alarms).toHaveLength(2)
})

test('a sweep that has very much to do keeps nobody’s hold beyond its end, also one that ends meanwhile', async () => {
  const { connection } = pieces.writer
  const released = () =>
    Number(connection.sql("SELECT count(*) AS n FROM event WHERE event = 'released'").get()?.['n'])
  const holdOf = (address: string) =>
    pieces.send(operation('hold', { filter: { to: address }, until: clock.at + hour }))
  await accept(pieces, messageTo(['a@d.test', 'b@d.test']))
  await holdOf('a@d.test')
  connection.exec(
    `WITH RECURSIVE n(key) AS (SELECT 100000 UNION ALL SELECT key + 1 FROM n LIMIT 2000)
       INSERT INTO upload (key) SELECT key FROM n`,
  )
  clock.at += 2 * hour
  const sweeping = pieces.sweep()
  await soon('the end of a hold', () => released() === 1)
  await holdOf('b@d.test')
  clock.at += 2 * hour
  const next = pieces.sweep()
  await soon('the end of another', () => released() === 2)
  expect(count('upload')).toBeGreaterThan(0)
  await Promise.all([sweeping, next])
  expect(count('upload')).toBe(0)
})

test('a round looks at a bounded part of what is old and has to stay, and the next goes on from there', async () => {
  acceptHeld(10_000)
  clock.at += 40 * day
  const settled = await accept(pieces, messageTo(['a@d.test']))
  pieces.now(outcome(settled, 'bounced'))
  clock.at += 31 * day
  const watched = watchStatements(pieces.writer)
  let rounds = 0
  for (; (await reader.envelope(settled, [])) !== null; rounds++) {
    watched.seen.clear()
    await pieces.sweep()
    const rows = [...watched.seen.values()].reduce((sum, each) => sum + each, 0)
    expect(rows).toBeLessThan(4000)
  }
  watched.restore()
  expect(rounds).toBe(6)
  expect(count('message')).toBe(10_000)
})

test('no statement of a round scans a table that grows', async () => {
  const message = await accept(pieces, messageTo(['a@d.test', 'b@d.test']))
  pieces.now(outcome(message, 'bounced', [0, 1]))
  await accept(pieces, messageTo(['c@d.test']))
  await pieces.send(operation('hold', { until: clock.at + hour }))
  await pieces.sweep()
  pieces.writer.connection.exec('UPDATE clock SET unbounded = 1')
  clock.at += 31 * day
  const { seen, restore } = watchStatements(pieces.writer)
  await pieces.sweep()
  restore()
  expect(count('message')).toBe(1)
  const scans = [...seen.keys()].flatMap((text) =>
    scansOf(pieces.writer, text)
      // A walk in the order of the table that ends after so many rows is none
      .filter(() => !/\bLIMIT \?|\bmax\(|\bmin\(/.test(text))
      .map((detail) => `${detail}: ${text}`),
  )
  expect(scans).toEqual([])
  expect(seen.size).toBeGreaterThan(25)
})

test('what a clock that was ahead has written holds up no sweep longer than its time', async () => {
  const tick = { event: 'redis_recovered', data: {} } as const
  clock.jump(90 * day)
  await pieces.send({ kind: 'accept-clock' })
  for (let n = 0; n < 1100; n++) pieces.now({ kind: 'note', happened: tick })
  const ahead = await accept(pieces, messageTo(['a@d.test']))
  pieces.now(outcome(ahead, 'bounced'))
  clock.jump(-90 * day)
  await pieces.send({ kind: 'accept-clock' })
  for (let n = 0; n < 1100; n++) pieces.now({ kind: 'note', happened: tick })
  const after = await accept(pieces, messageTo(['a@d.test']))
  pieces.now(outcome(after, 'bounced'))
  await pieces.sweep()
  clock.at += 29 * day
  await pieces.sweep()
  expect([count('message'), (await eventsNamed(tick.event)).length]).toEqual([2, 2200])
  clock.at += 2 * day
  await pieces.sweep()
  expect([count('message'), count('event')]).toEqual([0, 1])
  expect(count('acceptance_break')).toBe(1)
  await accept(pieces, messageTo(['a@d.test']))
  await pieces.sweep()
  expect(count('acceptance_break')).toBe(0)
})
