import { afterEach, beforeEach, expect, test } from 'vitest'
import { reportOf } from '../../../../src/metrics/report.ts'
import { watchStore } from '../../../../src/store/write/watch-store.ts'
import { day, hour, minute } from '../../../../src/time/clock.ts'
import { startIn } from '../../../kit/sessions.ts'
import {
  accept,
  messageTo,
  notificationAbout,
  operation,
  outcome,
  recipientOf,
  storeForEachTest,
  type FreshStore,
  type OwnClock,
} from '../../../kit/store.ts'

let pieces: FreshStore['pieces']
let clock: OwnClock
let endWatch = (): void => undefined

storeForEachTest({}, (fresh) => ({ clock, pieces } = fresh))
beforeEach(() => {
  endWatch = watchStore(pieces.databasePath, pieces.writer, pieces.groups, pieces.time)
})
afterEach(() => endWatch())

/** What the store reports, by name and labels. Counts go on from test to test. */
async function now(): Promise<Record<string, number>> {
  const { samples } = await reportOf('store')
  return Object.fromEntries(
    Object.entries(samples).flatMap(([name, all]) =>
      all.map(([labels, value]) => [
        [name.replace('sluice_', ''), ...labels].join(' '),
        typeof value === 'number' ? value : value.slice(0, -1).reduce((sum, one) => sum + one, 0),
      ]),
    ),
  )
}

/** How much more it reports after `act` than before. */
async function change(act: () => unknown): Promise<Record<string, number>> {
  const before = await now()
  await act()
  return Object.fromEntries(
    Object.entries(await now())
      .map(([name, value]) => [name, value - (before[name] ?? 0)] as const)
      .filter(([name, value]) => value !== 0 && !/_bytes /.test(name)),
  )
}

test('what is accepted is counted by submitter, with its recipients and bytes; our own bounce messages, too', async () => {
  let message = 0
  const accepted = await change(async () => {
    message = await accept(pieces, messageTo(['a@d.test', 'b@e.test'], { sizeBytes: 500 }))
  })
  expect(accepted).toEqual({
    'accepted_messages_total account': 1,
    accepted_recipients_total: 2,
    accepted_bytes_total: 500,
    'queue_recipients queued': 2,
    queue_destinations: 2,
    commit_seconds: 1,
  })
  const bounced = await change(() => {
    const dsn = notificationAbout(message, [0], { sizeBytes: 70 })
    pieces.now({ ...outcome(message, 'bounced'), dsn }, Buffer.from('report'))
  })
  expect(bounced).toMatchObject({
    'accepted_messages_total system': 1,
    accepted_bytes_total: 70,
    'settled_recipients_total bounced': 1,
  })
})

test('an accept that is said twice counts once', async () => {
  const message = messageTo(['a@d.test'])
  await accept(pieces, message)
  const again = await change(() => accept(pieces, message))
  expect(again).toEqual({ commit_seconds: 1 })
})

test('what is settled is counted by kind, and how long after it was due it was delivered', async () => {
  const message = await accept(pieces, messageTo(['a@d.test', 'b@d.test', 'c@d.test']))
  clock.at += 3000
  const settled = await change(() => {
    pieces.now(outcome(message, 'delivered', [0]))
    pieces.now(outcome(message, 'expired', [1]))
  })
  expect(settled).toMatchObject({
    'settled_recipients_total delivered': 1,
    'settled_recipients_total expired': 1,
    delivery_seconds: 1,
  })
  const purged = await change(() => pieces.send(operation('purge', { filter: {} })))
  expect(purged).toMatchObject({ 'settled_recipients_total cancelled': 1 })
  const reopened = await change(() =>
    pieces.send(operation('reopen', { filter: { status: ['expired', 'cancelled'] } })),
  )
  expect(reopened).toMatchObject({ reopened_recipients_total: 2 })
})

test('what was rolled back is not counted', async () => {
  const message = await accept(pieces, messageTo(['a@d.test']))
  const counted = await change(() => {
    pieces.writer.transact(
      [
        (work) => {
          work.count(clock.at, 1, 'bounced', 5)
          work.connection.exec(`INSERT INTO message (key) VALUES (${message})`)
        },
      ],
      [],
    )
  })
  expect(counted).toEqual({})
})

test('the queue is told by state, with the age of its oldest message and of what is due longest', async () => {
  await accept(pieces, messageTo(['due@d.test']))
  const later = await accept(pieces, messageTo(['later@d.test']))
  await accept(pieces, messageTo(['held@d.test']))
  const flying = await accept(pieces, messageTo(['flying@d.test']))
  pieces.now(outcome(later, { dueAt: clock.at + day }))
  await pieces.send(operation('hold', { filter: { to: 'held@d.test' } }))
  startIn(pieces, [recipientOf(flying)], clock.at)
  clock.at += hour
  const seen = await now()
  expect(seen).toMatchObject({
    'queue_recipients queued': 1,
    'queue_recipients deferred': 1,
    'queue_recipients held': 1,
    'queue_recipients in_flight': 1,
    queue_destinations: 1,
    queue_oldest_seconds: 3600,
  })
  expect(seen['queue_oldest_due_seconds']).toBeGreaterThan((hour - 2 * minute) / 1000)
})

test('nothing of a store that was closed is reported', async () => {
  endWatch()
  const { samples } = await reportOf('store')
  expect(samples['sluice_queue_recipients']).toEqual([])
})
