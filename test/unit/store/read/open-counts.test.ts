import { expect, test } from 'vitest'
import type { OpenTotals } from '../../../../src/store/protocol/views.ts'
import { second } from '../../../../src/time/clock.ts'
import { openStatuses, type OpenStatus } from '../../../../src/words/status.ts'
import {
  accept,
  messageTo,
  operation,
  outcome,
  recipientOf,
  type FreshStore,
  type OwnClock,
  storeForEachTest,
} from '../../../kit/store.ts'

let pieces: FreshStore['pieces']
let reader: FreshStore['reader']
let reopen: FreshStore['reopen']
let clock: OwnClock

storeForEachTest({}, (fresh) => ({ clock, pieces, reader, reopen } = fresh))

const nobody = new Set<number>()
const names = ['a', 'b', 'c', 'd', 'e', 'f']

/** Six at one destination: the first three wait for a limit, the fourth for a retry, all for 90 s; the others are due. */
async function parkThree(): Promise<number> {
  const key = await accept(pieces, messageTo(names.map((name) => `${name}@d.test`)))
  const { outcomes, ...settle } = outcome(key, { dueAt: clock.at + 90 * second }, [0, 1, 2])
  pieces.now({ ...settle, outcomes: outcomes.map((one) => ({ ...one, waitsFor: 'parked' })) })
  pieces.now(outcome(key, { dueAt: clock.at + 90 * second + 1 }, [3]))
  return key
}

type Shown = Partial<Record<OpenStatus, number>>

/** What each of those that tell counts says: with what the store has kept, without, of the destination, by a filter. */
async function countsOf(flight: ReadonlySet<number>): Promise<Shown[]> {
  const summaries = await Promise.all(
    [pieces.writer.openTotals(), null].map((totals: OpenTotals | null) =>
      reader.summary(flight, clock.at, totals),
    ),
  )
  const found: Shown = {}
  for (const status of openStatuses) {
    const { messages } = await reader.messages(
      { status: [status] },
      { before: null, limit: 10 },
      flight,
      clock.at,
    )
    const [message] = messages
    if (message) found[status] = message.recipientCounts[status] ?? 0
  }
  return [
    ...summaries.flatMap(({ open, destinations }) => [open, destinations[0] ?? {}]),
    found,
  ].map((counts: Shown) =>
    Object.fromEntries(
      openStatuses.flatMap((each) => (counts[each] ? [[each, counts[each]]] : [])),
    ),
  )
}

async function expectCounts(counts: Shown, flight = nobody): Promise<void> {
  const shown = await countsOf(flight)
  expect(shown).toEqual(shown.map(() => counts))
}

test('a wait with a status of its own is counted and found by it, until it is due', async () => {
  await parkThree()
  await expectCounts({ queued: 2, deferred: 1, parked: 3 })
  clock.at += 60 * second
  await expectCounts({ queued: 2, deferred: 1, parked: 3 })
  clock.at += 30 * second
  await expectCounts({ queued: 5, deferred: 1 })
  pieces = reopen()
  await expectCounts({ queued: 5, deferred: 1 })
})

test('it has another status while it is held or in flight, and none of its own once it is tried at once', async () => {
  const key = await parkThree()
  await expectCounts(
    { queued: 2, deferred: 1, parked: 2, in_flight: 1 },
    new Set([recipientOf(key, 0)]),
  )
  await pieces.send(operation('hold', { filter: { to: 'a@d.test' } }))
  await expectCounts({ queued: 2, deferred: 1, parked: 2, held: 1 })
  pieces = reopen()
  await pieces.send(operation('release', { filter: { to: 'a@d.test' } }))
  await expectCounts({ queued: 2, deferred: 1, parked: 3 })
  await pieces.send(operation('retry', { filter: { status: ['parked'] } }))
  await expectCounts({ queued: 5, deferred: 1 })
})

test('it is counted no more once it is settled, purged or waits for another try', async () => {
  const key = await parkThree()
  pieces.now(outcome(key, 'delivered', [0]))
  pieces.now(outcome(key, { dueAt: clock.at + 95 * second }, [1]))
  await expectCounts({ queued: 2, deferred: 2, parked: 1 })
  await pieces.send(operation('purge', { filter: { to: 'c@d.test' } }))
  await expectCounts({ queued: 2, deferred: 2 })
})
