import { beforeEach, describe, expect, test } from 'vitest'
import type { OperateCommand } from '../../../../src/store/protocol/commands.ts'
import type { Principal } from '../../../../src/words/principal.ts'
import type { Status } from '../../../../src/words/status.ts'
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
import { sessionIn, startIn } from '../../../kit/sessions.ts'
import { readEvents } from '../../../kit/read-events.ts'

let pieces: FreshStore['pieces']
let reader: FreshStore['reader']
let clock: OwnClock

storeForEachTest({}, (fresh) => ({ clock, pieces, reader } = fresh))

const takeOff = (...recipients: number[]) => startIn(pieces, recipients, clock.at)

/** The statuses of all recipients, message by message in order of acceptance. */
async function statuses(): Promise<Status[][]> {
  const all = [
    'queued',
    'deferred',
    'held',
    'in_flight',
    'delivered',
    'bounced',
    'cancelled',
  ] as const
  const { flight } = pieces.writer.memory
  const page = { before: null, limit: 100 }
  const { messages } = await reader.messages({ status: all }, page, flight, clock.at)
  return messages
    .map(({ recipients }) =>
      recipients.toSorted((a, b) => a.key - b.key).map(({ status }) => status),
    )
    .reverse()
}

/** A group is committed, and a slice of what was asked before is done. */
const aTurn = () => pieces.send({ kind: 'note', happened: { event: 'redis_recovered', data: {} } })

const eventsOf = async (event: string) =>
  (await readEvents(reader, 0, 100_000)).filter((one) => one.event === event).length

describe('an operation touches exactly the recipients that match', () => {
  beforeEach(async () => {
    const first = await accept(pieces, messageTo(['a@one.test', 'b@two.test', 'c@one.test']))
    await accept(pieces, messageTo(['a@one.test'], { tag: 'news' }))
    await accept(pieces, messageTo(['a@two.test', 'b@three.test']))
    pieces.now(outcome(first, 'delivered', [2]))
  })

  test('purge', async () => {
    const answer = await pieces.send(operation('purge', { filter: { destination: 'one.test' } }))
    expect(answer).toEqual({ kind: 'operated', messages: 2, recipients: 2, inFlight: 0 })
    expect(await statuses()).toEqual([
      ['cancelled', 'queued', 'delivered'],
      ['cancelled'],
      ['queued', 'queued'],
    ])
    expect(await eventsOf('cancelled')).toBe(2)
    expect(await reader.ledger()).toMatchObject({
      accepted: 6,
      cancelled: 2,
      delivered: 1,
      difference: 0,
    })
  })

  test('hold and release, and both go on with what was left of the time', async () => {
    const expiry = async () =>
      (await reader.messages({}, { before: null, limit: 9 }, new Set(), clock.at)).messages.flatMap(
        ({ recipients }) => recipients.map(({ expiresAt }) => expiresAt),
      )
    const before = await expiry()
    const filter = { to: 'a@one.test' }
    expect(await pieces.send(operation('hold', { filter }))).toMatchObject({ recipients: 2 })
    expect(await statuses()).toEqual([
      ['held', 'queued', 'delivered'],
      ['held'],
      ['queued', 'queued'],
    ])
    clock.at += 1000
    expect(await pieces.send(operation('release', { filter: { tag: 'news' } }))).toEqual({
      kind: 'operated',
      messages: 1,
      recipients: 1,
      inFlight: 0,
    })
    expect(await statuses()).toEqual([
      ['held', 'queued', 'delivered'],
      ['queued'],
      ['queued', 'queued'],
    ])
    // newest message first: the released one is the third recipient
    expect((await expiry()).map((at, n) => at - (before[n] ?? 0))).toEqual([0, 0, 1000, 0, 0, 0])
  })

  test('retry', async () => {
    const later = { dueAt: clock.at + 60_000 }
    for (const key of [1, 2, 3]) pieces.now(outcome(key, later, [0]))
    await pieces.send(operation('retry', { filter: { destination: 'two.test' } }))
    expect(await statuses()).toEqual([
      ['deferred', 'queued', 'delivered'],
      ['deferred'],
      ['queued', 'queued'],
    ])
  })

  test('a dry run counts the same and touches nothing', async () => {
    for (const action of ['purge', 'hold', 'retry'] as const) {
      const filter = { destination: 'two.test' }
      expect(await pieces.send(operation(action, { filter, dryRun: true }))).toEqual({
        kind: 'operated',
        messages: 2,
        recipients: 2,
        inFlight: 0,
      })
    }
    expect(await statuses()).toEqual([
      ['queued', 'queued', 'delivered'],
      ['queued'],
      ['queued', 'queued'],
    ])
    expect(await Promise.all(['cancelled', 'held', 'retried'].map(eventsOf))).toEqual([0, 0, 0])
  })

  test('settled ones are never touched, also when the filter names them', async () => {
    const filter = { status: ['delivered' as const] }
    expect(await pieces.send(operation('purge', { filter }))).toMatchObject({ recipients: 0 })
    expect((await statuses())[0]?.[2]).toBe('delivered')
  })

  test('a filter that names what is not there touches nothing', async () => {
    for (const filter of [{ tag: 'x' }, { account: 'x' }, { destination: 'x' }, { id: 'x' }])
      expect(await pieces.send(operation('purge', { filter }))).toMatchObject({ recipients: 0 })
  })
})

test('thousands of recipients are done in slices, each once, and what is accepted meanwhile is not meant', async () => {
  const many = Array.from({ length: 3000 }, (_, n) => `u${n}@d.test`)
  await accept(pieces, messageTo(many))
  await accept(pieces, messageTo(['a@d.test']))
  const purging = pieces.send(operation('purge'))
  await aTurn()
  const late = accept(pieces, messageTo(['late@d.test']))
  expect(await purging).toEqual({ kind: 'operated', messages: 2, recipients: 3001, inFlight: 0 })
  expect(await eventsOf('cancelled')).toBe(3001)
  expect(
    await reader.message((await reader.envelope(await late, []))?.id ?? '', new Set(), clock.at),
  ).toMatchObject({ recipients: [{ status: 'queued' }] })
  expect(await reader.ledger()).toMatchObject({ cancelled: 3001, open: 1, difference: 0 })
})

test('a message that was being sent when the operation began, but accepted after it, is not meant', async () => {
  const opened = pieces.now({ kind: 'chunk', upload: null }, Buffer.from('x'))
  if (opened.kind !== 'chunk') throw new Error('no upload')
  await accept(pieces, messageTo(Array.from({ length: 1200 }, (_, n) => `u${n}@d.test`)))
  const purging = pieces.send(operation('purge'))
  await aTurn()
  const message = messageTo(['late@d.test'], { sizeBytes: 1 })
  const late = pieces.now({ kind: 'accept', upload: opened.upload, message, takes: [] })
  expect(late.kind).toBe('accepted')
  expect(await purging).toMatchObject({ recipients: 1200 })
})

describe('in flight', () => {
  test('purged: ends as it ends, is counted, and is not tried again after a deferral', async () => {
    const message = await accept(pieces, messageTo(['a@d.test', 'b@d.test', 'c@d.test']))
    takeOff(recipientOf(message, 0), recipientOf(message, 1))
    expect(await pieces.send(operation('purge'))).toMatchObject({ recipients: 3, inFlight: 2 })
    expect(await statuses()).toEqual([['in_flight', 'in_flight', 'cancelled']])
    pieces.now(outcome(message, 'delivered', [0]))
    pieces.now(outcome(message, { dueAt: clock.at }, [1]))
    expect(await statuses()).toEqual([['delivered', 'cancelled', 'cancelled']])
    expect(await reader.ledger()).toMatchObject({ delivered: 1, cancelled: 2, difference: 0 })
  })

  test('purged: who asked and why is told at once, and once', async () => {
    const message = await accept(pieces, messageTo(['a@d.test', 'b@d.test']))
    takeOff(recipientOf(message, 0))
    const by = (id: string): Principal => ({ kind: 'key', id })
    const none = Buffer.alloc(0)
    await pieces.send(operation('purge', { reason: 'wrong list' }), none, by('7'))
    await pieces.send(operation('purge'), none, by('8'))
    const asked = (await readEvents(reader, 0, 1000)).filter(
      ({ event }) => event === 'purge_requested',
    )
    expect(asked).toMatchObject([
      { recipient: 'a@d.test', data: { actor: 'key:7', reason: 'wrong list' } },
    ])
  })

  test('purged: shows it, and a retry does not count it', async () => {
    const message = await accept(pieces, messageTo(['a@d.test']))
    takeOff(recipientOf(message))
    await pieces.send(operation('purge'))
    const { flight } = pieces.writer.memory
    expect(await reader.messages({}, { before: null, limit: 9 }, flight, clock.at)).toMatchObject({
      messages: [{ recipients: [{ status: 'in_flight', purgeRequested: true }] }],
    })
    expect(await pieces.send(operation('retry'))).toMatchObject({ recipients: 0 })
  })

  test('retried: is counted as in flight, and nobody is told of a retry that is none', async () => {
    const message = await accept(pieces, messageTo(['a@d.test', 'b@d.test']))
    takeOff(recipientOf(message))
    expect(await pieces.send(operation('retry'))).toMatchObject({ recipients: 2, inFlight: 1 })
    const retried = (await readEvents(reader, 0, 1000)).filter(({ event }) => event === 'retried')
    expect(retried.map(({ recipient }) => recipient)).toEqual(['b@d.test'])
  })

  test('purged, and its flight ended without an outcome: a sweep cancels it, nothing starts it', async () => {
    const message = await accept(pieces, messageTo(['a@d.test']))
    takeOff(recipientOf(message))
    await pieces.send(operation('purge'))
    pieces.writer.memory.sessions.remove(sessionIn(pieces))
    expect(takeOff(recipientOf(message))).toMatchObject({ recipients: [] })
    await pieces.sweep()
    expect(await statuses()).toEqual([['cancelled']])
  })

  test('held: a deferral leaves it held, and a release lets it go even before it is down', async () => {
    const message = await accept(pieces, messageTo(['a@d.test', 'b@d.test']))
    takeOff(recipientOf(message, 0), recipientOf(message, 1))
    await pieces.send(operation('hold'))
    pieces.now(outcome(message, { dueAt: clock.at }, [0]))
    expect(await statuses()).toEqual([['held', 'in_flight']])
    expect(await pieces.send(operation('release'))).toMatchObject({ recipients: 2 })
    pieces.now(outcome(message, { dueAt: clock.at }, [1]))
    expect(await statuses()).toEqual([['queued', 'queued']])
  })

  test('nothing starts twice, and nothing that is held, settled, purged or due later starts', async () => {
    const message = await accept(pieces, messageTo(['a@d', 'b@d', 'c@d', 'd@d']))
    const keys = [0, 1, 2, 3].map((index) => recipientOf(message, index))
    pieces.now(outcome(message, 'delivered', [1]))
    pieces.now(outcome(message, { dueAt: clock.at + 1 }, [2]))
    await pieces.send(operation('hold', { filter: { to: 'd@d' } }))
    expect(takeOff(...keys)).toMatchObject({ recipients: [keys[0]] })
    expect(takeOff(...keys)).toMatchObject({ recipients: [] })
  })
})

describe('each party lifts only its own holds', () => {
  const parties: OperateCommand['party'][] = ['customer', 'operator', 'abuse', 'restore']

  test('a recipient goes on when the last of them is lifted', async () => {
    await accept(pieces, messageTo(['a@d.test']))
    for (const party of parties) await pieces.send(operation('hold', { party }))
    for (const party of parties) {
      expect(await statuses()).toEqual([['held']])
      expect(await pieces.send(operation('release', { party }))).toMatchObject({ recipients: 1 })
      expect(await pieces.send(operation('release', { party }))).toMatchObject({ recipients: 0 })
    }
    expect(await statuses()).toEqual([['queued']])
    // Each release has its event, and all but the last say that the recipient is still held
    expect(await eventsOf('released')).toBe(parties.length)
  })

  test('who goes on being held is counted, by a retry and by a release', async () => {
    await accept(pieces, messageTo(['a@d.test', 'b@d.test', 'c@d.test']))
    await pieces.send(operation('hold', { filter: { to: 'a@d.test' } }))
    for (const party of ['customer', 'operator', 'abuse'] as const) {
      await pieces.send(operation('hold', { filter: { to: 'b@d.test' }, party }))
    }
    for (const dryRun of [true, false]) {
      expect(await pieces.send(operation('retry', { dryRun }))).toMatchObject({
        recipients: 3,
        stillHeld: 2,
      })
    }
    for (const dryRun of [true, false]) {
      expect(await pieces.send(operation('release', { dryRun }))).toMatchObject({
        recipients: 2,
        stillHeld: 1,
      })
    }
    expect(await statuses()).toEqual([['queued', 'held', 'queued']])
  })

  test('what another party holds is not counted as released', async () => {
    await accept(pieces, messageTo(['a@d.test']))
    await pieces.send(operation('hold', { party: 'operator' }))
    for (const dryRun of [true, false])
      expect(await pieces.send(operation('release', { dryRun }))).toMatchObject({ recipients: 0 })
    expect(await statuses()).toEqual([['held']])
  })
})
