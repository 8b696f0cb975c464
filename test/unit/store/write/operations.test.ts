import { beforeEach, describe, expect, test } from 'vitest'
import type { Command, OperateCommand } from '../../../../src/store/protocol/commands.ts'
import { day } from '../../../../src/time/clock.ts'
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
import { readEvents } from '../../../kit/read-events.ts'

let pieces: FreshStore['pieces']
let reader: FreshStore['reader']
let clock: OwnClock
let reopen: FreshStore['reopen']

storeForEachTest({}, (fresh) => ({ clock, pieces, reader, reopen } = fresh))

/** A group is committed, and a slice of what was asked before is done. */
const aTurn = () => pieces.send({ kind: 'note', happened: { event: 'redis_recovered', data: {} } })

const events = () => readEvents(reader, 0, 100_000)

const eventsOf = async (event: string) =>
  (await events()).filter((one) => one.event === event).length

const newest = async () => {
  const { operations } = await reader.operations({ before: null, limit: 1 })
  const [first] = operations
  if (!first) throw new Error('no operation')
  return first
}

const many = (domain: string, count: number) =>
  Array.from({ length: count }, (_, n) => `u${n}@${domain}`)

const id = '01M80000000000000000000001'
const hold = { scope: 'tag', value: 'news', party: 'customer' } as const

describe('cut off by a restart of the store, it goes on where it was, and touches exactly what matched at its start', () => {
  /** Three messages, 2,600 recipients of which match. */
  beforeEach(async () => {
    for (const count of [1300, 1300]) {
      await accept(pieces, messageTo([...many('d.test', count), 'x@other.test'], { tag: 'news' }))
    }
    await accept(pieces, messageTo(['a@other.test']))
  })

  const cases: readonly [string, OperateCommand, string][] = [
    ['purge', operation('purge', { id, filter: { destination: 'd.test' } }), 'cancelled'],
    ['hold', operation('hold', { id, filter: { destination: 'd.test' } }), 'held'],
    ['retry', operation('retry', { id, filter: { destination: 'd.test' } }), 'retried'],
    ['release', operation('release', { id, filter: { destination: 'd.test' } }), 'released'],
    ['reopen', operation('reopen', { id, filter: { destination: 'd.test' } }), 'reopened'],
  ]

  test.each(cases)('%s', async (action, command, event) => {
    if (action === 'release') await pieces.send(operation('hold'))
    if (action === 'reopen') await pieces.send(operation('purge'))
    void pieces.send(command)
    for (let restarts = 0; restarts < 3; restarts++) {
      await aTurn()
      const before = await newest()
      expect(before).toMatchObject({ id, action, state: 'running', actor: 'process:api' })
      expect(before.recipients).toBeGreaterThan(0)
      expect(await eventsOf(event)).toBe(before.recipients)
      pieces = reopen()
      await accept(pieces, messageTo(['late@d.test']))
    }
    await pieces.idle()
    const counts = { messages: 2, recipients: 2600, inFlight: 0, stillHeld: 0, contentGone: 0 }
    expect(await newest()).toMatchObject({ state: 'done', ...counts, endedAt: clock.at })
    expect(await eventsOf(event)).toBe(2600)
    expect((await reader.ledger()).difference).toBe(0)
    // It is over: another start does nothing.
    pieces = reopen()
    await pieces.idle()
    expect(await eventsOf(event)).toBe(2600)
  })

  test('a standing hold, put and lifted', async () => {
    void pieces.send({ kind: 'put-hold', ...hold, reason: null, until: null })
    await aTurn()
    expect(await newest()).toMatchObject({ action: 'put_hold', state: 'running' })
    pieces = reopen()
    await accept(pieces, messageTo(['late@d.test'], { tag: 'news' }))
    await pieces.idle()
    const { open } = await reader.summary(new Set(), clock.at)
    expect(open).toMatchObject({ total: 2604, held: 2603 })
    expect(await newest()).toMatchObject({ state: 'done', recipients: 2602 })

    void pieces.send({ kind: 'lift-hold', ...hold })
    await aTurn()
    pieces = reopen()
    await accept(pieces, messageTo(['late@d.test'], { tag: 'news' }))
    await pieces.idle()
    expect((await reader.summary(new Set(), clock.at)).open).toMatchObject({ total: 2605, held: 0 })
    expect(await newest()).toMatchObject({ action: 'lift_hold', state: 'done', recipients: 2603 })
    const left = 'SELECT (SELECT count(*) FROM held) + (SELECT count(*) FROM hold) AS n'
    expect(pieces.writer.connection.sql(left).get()?.['n']).toBe(0)
  })

  test('a hold of one operation stays one hold', async () => {
    void pieces.send(operation('hold', { filter: { destination: 'd.test' } }))
    await aTurn()
    pieces = reopen()
    await pieces.idle()
    expect(pieces.writer.connection.sql('SELECT count(*) AS n FROM hold').get()?.['n']).toBe(1)
  })
})

test('what became due since the operation began is not taken for what was due then', async () => {
  const message = await accept(pieces, messageTo(many('d.test', 1300)))
  pieces.now(outcome(message, { dueAt: clock.at + 1000 }, [0]))
  void pieces.send(operation('purge', { filter: { status: ['queued'] } }))
  await aTurn()
  clock.at += 2000
  await pieces.idle()
  expect(await newest()).toMatchObject({ state: 'done', recipients: 1299 })
})

describe('stopped', () => {
  const stop = (party: 'customer' | 'operator' = 'customer') =>
    ({ kind: 'stop-operation', id, party }) as const satisfies Command

  test('what was done stays done, the rest is not touched, and who waits is told', async () => {
    await accept(pieces, messageTo(many('d.test', 2000)))
    const purging = pieces.send(operation('purge', { id }))
    await aTurn()
    expect(await pieces.send(stop())).toEqual({ kind: 'ok' })
    const answer = await purging
    expect((await events()).at(-1)?.event).toBe('operation_stopped')
    expect(answer).toMatchObject({ kind: 'operated', stopped: true })
    const done = await eventsOf('cancelled')
    expect(answer).toMatchObject({ recipients: done })
    expect(done).toBeLessThan(2000)
    pieces = reopen()
    await pieces.idle()
    expect(await eventsOf('cancelled')).toBe(done)
    expect(await newest()).toMatchObject({ state: 'stopped', recipients: done })
    const told = (await events()).filter(({ event }) => event === 'operation_stopped')
    expect(told).toMatchObject([{ data: { operation: id, actor: 'process:api' } }])
    // Said twice, it is stopped once.
    expect(await pieces.send(stop())).toEqual({ kind: 'ok' })
  })

  test('only by its own party, and only while it runs', async () => {
    expect(await pieces.send(stop())).toEqual({ kind: 'refused', reason: 'no such operation' })
    await accept(pieces, messageTo(['a@d.test']))
    await pieces.send(operation('purge', { id }))
    expect(await pieces.send(stop('operator'))).toMatchObject({
      reason: 'operation of another party',
    })
    expect(await pieces.send(stop())).toEqual({ kind: 'refused', reason: 'operation ended' })
  })
})

test('the same id said again is the same operation, while it runs and after its end', async () => {
  await accept(pieces, messageTo(many('d.test', 2000)))
  const command = operation('purge', { id })
  const first = pieces.send(command)
  await aTurn()
  const answers = await Promise.all([first, pieces.send(command)])
  answers.push(await pieces.send(command))
  const counts = { kind: 'operated', messages: 1, recipients: 2000, inFlight: 0 }
  expect(answers).toEqual([counts, counts, counts])
  const { operations } = await reader.operations({ before: null, limit: 10 })
  expect(operations.map((one) => one.id)).toEqual([id])
})

test('who does not wait is answered after the first slice; what is done by then is told as done', async () => {
  await accept(pieces, messageTo(many('d.test', 2000)))
  await accept(pieces, messageTo(['a@other.test']))
  const small = operation('hold', { filter: { destination: 'other.test' }, answer: 'begun' })
  expect(await pieces.send(small)).toMatchObject({ kind: 'operated', recipients: 1 })
  expect(await pieces.send(operation('purge', { id, answer: 'begun' }))).toEqual({
    kind: 'begun',
    id,
  })
  expect(await reader.operation(id)).toMatchObject({ state: 'running' })
  await pieces.idle()
  expect(await reader.operation(id)).toMatchObject({ state: 'done', recipients: 2001 })
})

test('a dry run makes no row', async () => {
  await accept(pieces, messageTo(['a@d.test']))
  await pieces.send(operation('purge', { dryRun: true }))
  expect(await reader.operations({ before: null, limit: 1 })).toEqual({
    operations: [],
    next: null,
  })
})

test('a bug in a slice fails the operation, and it is not begun again', async () => {
  await accept(pieces, messageTo(many('d.test', 1500)))
  const purging = pieces.send(operation('purge', { id }))
  await aTurn()
  pieces.writer.connection.exec("UPDATE operation SET action = 'none'")
  expect(await purging).toMatchObject({ kind: 'fault' })
  expect(await newest()).toMatchObject({ state: 'failed' })
  pieces = reopen()
  await pieces.idle()
  expect(await newest()).toMatchObject({ state: 'failed' })
})

test('what was in flight is counted in its row', async () => {
  const message = await accept(pieces, messageTo(['a@d.test', 'b@d.test']))
  startIn(pieces, [recipientOf(message)], clock.at)
  await pieces.send(operation('purge'))
  expect(await newest()).toMatchObject({ recipients: 2, inFlight: 1 })
})

test('they are listed newest first, page by page', async () => {
  const ids = ['1', '2', '3'].map((n) => `01M8000000000000000000000${n}`)
  for (const one of ids) await pieces.send(operation('retry', { id: one }))
  const first = await reader.operations({ before: null, limit: 2 })
  const second = await reader.operations({ before: first.next, limit: 2 })
  const shown = [...first.operations, ...second.operations]
  expect(shown.map((one) => one.id)).toEqual(ids.toReversed())
  expect(second.next).toBeNull()
})

test('ended ones go when their time is over, running ones never', async () => {
  await pieces.send(operation('retry', { id }))
  await pieces.send(operation('hold'))
  pieces.writer.connection.exec(
    "UPDATE operation SET state = 'running', ended_at = NULL WHERE action = 'hold'",
  )
  clock.at += 31 * day
  await pieces.sweep()
  const { operations } = await reader.operations({ before: null, limit: 10 })
  expect(operations.map(({ action }) => action)).toEqual(['hold'])
})
