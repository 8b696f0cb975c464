import { expect, test } from 'vitest'
import { loadStandingHolds } from '../../../../src/store/write/holds.ts'
import { startIn } from '../../../kit/sessions.ts'
import {
  accept,
  messageTo,
  operation,
  outcome,
  type OwnClock,
  recipientOf,
  storeForEachTest,
  type FreshStore,
} from '../../../kit/store.ts'
import { scansOf, watchStatements } from '../../../kit/watch-statements.ts'
import { operationReads } from '../../../../src/store/read/read-operations.ts'
import { readEvents } from '../../../kit/read-events.ts'

let pieces: FreshStore['pieces']
let reader: FreshStore['reader']
let clock: OwnClock
let reopen: FreshStore['reopen']

storeForEachTest({}, (fresh) => ({ clock, pieces, reader, reopen } = fresh))

const heldNow = async () => (await reader.summary(new Set(), clock.at)).open.held
const standing = (
  kind: 'put-hold' | 'lift-hold',
  scope: 'account' | 'tag' | 'destination' | 'all',
  value: string,
) =>
  kind === 'lift-hold'
    ? ({ kind, scope, value, party: 'operator' } as const)
    : ({ kind, scope, value, party: 'operator', reason: null, until: null } as const)

test.each([
  ['account', 'demo', 2],
  ['tag', 'news', 1],
  ['destination', 'one.test', 1],
  ['all', '', 2],
] as const)(
  'a standing hold of %s takes in what is queued and what comes, until lifted',
  async (scope, value, each) => {
    const send = async () => {
      await accept(pieces, messageTo(['a@one.test'], { tag: 'news' }))
      await accept(pieces, messageTo(['a@two.test']))
    }
    await send()
    await pieces.send(standing('put-hold', scope, value))
    expect(await heldNow()).toBe(each)
    await send()
    expect(await heldNow()).toBe(2 * each)
    expect(await pieces.send(standing('lift-hold', scope, value))).toMatchObject({
      kind: 'operated',
      recipients: 2 * each,
    })
    expect(await heldNow()).toBe(0)
    await send()
    expect(await heldNow()).toBe(0)
    expect(await pieces.send(standing('lift-hold', scope, value))).toMatchObject({
      kind: 'refused',
    })
  },
)

test('a standing hold also takes in what is in flight: it is not tried again', async () => {
  const message = await accept(pieces, messageTo(['a@one.test', 'b@one.test']))
  const recipients = [recipientOf(message, 0)]
  startIn(pieces, recipients, clock.at)
  expect(await pieces.send(standing('put-hold', 'destination', 'ONE.test'))).toMatchObject({
    recipients: 2,
    inFlight: 1,
  })
  pieces.now(outcome(message, { dueAt: clock.at }, [0]))
  expect(await heldNow()).toBe(2)
  expect(startIn(pieces, recipients, clock.at)).toMatchObject({
    recipients: [],
  })
})

test('a standing hold set twice is one, with the reason and end of the second time', async () => {
  await accept(pieces, messageTo(['a@one.test']))
  const put = standing('put-hold', 'tag', 'news')
  const holds = async () => (await reader.holds({ after: null, limit: 10 })).holds
  await pieces.send(put)
  await accept(pieces, messageTo(['a@one.test'], { tag: 'news' }))
  const until = clock.at + 1000
  const again = await pieces.send({ ...put, reason: 'wrong link', until })
  expect(again).toMatchObject({ kind: 'operated', recipients: 1 })
  const one = { scope: 'tag', value: 'news', party: 'operator' } as const
  expect(await holds()).toEqual([
    { id: 1, ...one, reason: 'wrong link', until, createdAt: clock.at },
  ])
  // That of another party is another one, and each lifts only its own.
  await pieces.send({ ...put, party: 'abuse' })
  expect(await holds()).toHaveLength(2)
  await pieces.send(standing('lift-hold', 'tag', 'news'))
  expect([await heldNow(), (await holds()).map(({ party }) => party)]).toEqual([1, ['abuse']])
  clock.at = until
  await pieces.sweep()
  expect(await heldNow()).toBe(1)
})

test('who set and lifted a standing hold is in the events', async () => {
  await pieces.send(standing('put-hold', 'all', ''))
  await accept(pieces, messageTo(['a@one.test']))
  await pieces.send(standing('lift-hold', 'all', ''))
  const by = { scope: 'all', party: 'operator', actor: 'process:api' }
  expect(await readEvents(reader, 0, 100)).toMatchObject([
    { event: 'hold_set', data: by },
    { event: 'accepted' },
    { event: 'hold_lifted', data: by },
    { event: 'released', recipient: 'a@one.test', data: { actor: 'process:api' } },
  ])
})

test('a release that leaves a recipient to another party’s hold is in the events, with its reason', async () => {
  await accept(pieces, messageTo(['a@one.test']))
  await pieces.send(operation('hold', { party: 'operator' }))
  await pieces.send(operation('hold', {}))
  await pieces.send(operation('release', { reason: 'sorted out' }))
  const told = (await readEvents(reader, 0, 100)).filter(({ event }) => event === 'released')
  expect(told).toMatchObject([
    { recipient: 'a@one.test', data: { reason: 'sorted out', still_held: true } },
  ])
  expect(await heldNow()).toBe(1)
  await pieces.send(operation('release', { party: 'operator' }))
  const last = (await readEvents(reader, 0, 100)).at(-1)
  expect(last).toMatchObject({ event: 'released', recipient: 'a@one.test' })
  expect(last?.data).not.toHaveProperty('still_held')
})

test('standing holds are there again after a restart', async () => {
  await pieces.send(standing('put-hold', 'destination', 'one.test'))
  pieces = reopen()
  await accept(pieces, messageTo(['a@one.test']))
  expect(await heldNow()).toBe(1)
})

test('a hold that ends by itself frees whom it held, and no other hold', async () => {
  const until = clock.at + 1000
  await accept(pieces, messageTo(['a@d.test', 'b@d.test']))
  await pieces.send(operation('hold', { until }))
  await pieces.send(operation('hold', { filter: { to: 'a@d.test' }, party: 'operator' }))
  await pieces.sweep()
  expect(await heldNow()).toBe(2)
  clock.at = until
  await pieces.sweep()
  expect(await heldNow()).toBe(1)
})

test('a hold that ends while it is still being put leaves nobody held', async () => {
  const many = Array.from({ length: 2500 }, (_, n) => `u${n}@d.test`)
  await accept(pieces, messageTo(many))
  const putting = pieces.send(standing('put-hold', 'all', ''))
  const lifting = pieces.send(standing('lift-hold', 'all', ''))
  await Promise.all([putting, lifting])
  expect(await heldNow()).toBe(0)
  expect(pieces.writer.connection.sql('SELECT count(*) AS n FROM held').get()?.['n']).toBe(0)
})

test('a hold whose row went while it was being put holds the rest under a new one', async () => {
  const many = Array.from({ length: 2500 }, (_, n) => `u${n}@d.test`)
  await accept(pieces, messageTo(many))
  const holding = pieces.send(operation('hold'))
  const releasing = pieces.send(operation('release'))
  const sweeping = pieces.sweep()
  await Promise.all([holding, releasing, sweeping])
  await pieces.send(operation('release'))
  expect(await heldNow()).toBe(0)
})

test('held time does not age a message; time after the release does', async () => {
  const message = await accept(pieces, messageTo(['a@d.test'], { lifetimeMs: 1000 }))
  await pieces.send(operation('hold'))
  clock.at += 5000
  expect(await reader.expired(clock.at, 10)).toEqual([])
  await pieces.send(operation('release'))
  expect(await reader.expired(clock.at, 10)).toEqual([])
  clock.at += 1000
  expect((await reader.expired(clock.at, 10)).map((row) => row.message)).toEqual([message])
})

test('a damaged message is held with the note about it, and settling forgets the hold', async () => {
  const message = await accept(pieces, messageTo(['a@d.test', 'b@d.test']))
  pieces.now({
    kind: 'note',
    happened: { event: 'content_corrupt', data: { cause: 'damaged' } },
    holdMessage: { message, reason: 'damaged' },
  })
  const id = (await reader.envelope(message, []))?.id ?? ''
  expect((await reader.message(id, new Set(), clock.at))?.recipients[0]).toMatchObject({
    status: 'held',
    holds: [{ party: 'restore', reason: 'damaged' }],
  })
  pieces.now(outcome(message, 'delivered', [0, 1]))
  await pieces.sweep()
  const left = 'SELECT (SELECT count(*) FROM held) + (SELECT count(*) FROM hold) AS n'
  expect(pieces.writer.connection.sql(left).get()?.['n']).toBe(0)
})

test('a damaged message that is looked at again is not held once more for the same reason; after a release it is', async () => {
  const message = await accept(pieces, messageTo(['a@d.test', 'b@d.test']))
  const holdMessage = { message, reason: 'damaged' }
  const happened = { event: 'content_corrupt', data: { cause: 'damaged' } } as const
  const look = () => pieces.now({ kind: 'note', happened, holdMessage })
  const held = 'SELECT (SELECT count(*) FROM held) AS rows, (SELECT count(*) FROM hold) AS holds'
  const counts = () => ({ ...pieces.writer.connection.sql(held).get() })
  for (let n = 0; n < 3; n++) look()
  expect(counts()).toEqual({ rows: 2, holds: 1 })
  await pieces.send(operation('release', { party: 'restore' }))
  expect(await heldNow()).toBe(0)
  look()
  expect(await heldNow()).toBe(2)
})

test('a release costs what it frees, however many holds the party has', async () => {
  for (let n = 0; n < 3; n++) {
    await accept(pieces, messageTo([`a@${n}.test`]))
    await pieces.send(operation('hold', { filter: { destination: `${n}.test` } }))
  }
  const { seen, restore } = watchStatements(pieces.writer)
  expect(await pieces.send(operation('release'))).toMatchObject({ recipients: 3 })
  restore()
  // A look at so many candidates is no scan
  const unbounded = [...seen.keys()].filter((text) => !text.includes('LIMIT :limit'))
  const scans = unbounded.flatMap((text) => scansOf(pieces.writer, text))
  expect(scans).toEqual([])
  expect(await heldNow()).toBe(0)
})

test('standing holds are listed and loaded without a walk through those of operations', () => {
  const watched = watchStatements(pieces.writer)
  operationReads.holds(pieces.writer, { after: null, limit: 10 })
  loadStandingHolds(pieces.writer.connection, pieces.writer.names)
  watched.restore()
  const plans = [...watched.seen.keys()].map((text) =>
    pieces.writer.connection
      .sql(`EXPLAIN QUERY PLAN ${text}`)
      .all()
      .map(({ detail }) => String(detail)),
  )
  expect(plans.flat()).toEqual([
    expect.stringContaining('INDEX hold_standing'),
    expect.stringContaining('INDEX hold_standing'),
  ])
})
