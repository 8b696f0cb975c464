import { expect, test } from 'vitest'
import {
  accept,
  messageTo,
  operation,
  outcome,
  type OwnClock,
  storeForEachTest,
  type FreshStore,
} from '../../kit/store.ts'

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
    expect(await pieces.send(standing('lift-hold', scope, value))).toEqual({ kind: 'ok' })
    expect(await heldNow()).toBe(0)
    await send()
    expect(await heldNow()).toBe(0)
    expect(await pieces.send(standing('lift-hold', scope, value))).toMatchObject({
      kind: 'refused',
    })
  },
)

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
    event: 'content_corrupt',
    data: {},
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
