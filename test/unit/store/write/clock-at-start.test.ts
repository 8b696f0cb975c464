import { describe, expect, it, test } from 'vitest'
import { day, hour, minute, second } from '../../../../src/time/clock.ts'
import { RelayClock } from '../../../../src/time/relay-clock.ts'
import {
  accept,
  messageTo,
  recipientOf,
  storeForEachTest,
  type FreshStore,
  type OwnClock,
} from '../../../kit/store.ts'
import { readEvents } from '../../../kit/read-events.ts'

let store: FreshStore
let pieces: FreshStore['pieces']
let clock: OwnClock

storeForEachTest({}, (fresh) => {
  store = fresh
  ;({ clock, pieces } = fresh)
})

const events = async () => (await readEvents(store.reader, 0, 1000)).map(({ event }) => event)

async function tick() {
  pieces.time.tick()
  await pieces.idle()
}

describe('at a start', () => {
  it.each([90 * day, -90 * day, -5 * minute])(
    'a clock that is off by %d ms is looked at first',
    async (by) => {
      await tick()
      clock.at += 5 * minute
      await tick()
      const before = clock.at
      clock.jump(by)
      pieces = store.reopen()
      await pieces.idle()
      expect(pieces.writer.now()).toBe(before)
      expect(await events()).toEqual(['clock_jumped'])
      expect(pieces.time.jump?.byMs).toBe(by)
    },
  )

  it('a jump that was looked at before is looked at anew', async () => {
    clock.jump(6 * hour)
    await tick()
    clock.at += minute
    pieces = store.reopen()
    expect(pieces.writer.now()).toBe(clock.at - 6 * hour)
  })

  it('times that a wrong clock left are bounded, though the store was down when it was put right', async () => {
    clock.jump(6 * hour)
    await tick()
    await pieces.send({ kind: 'accept-clock' })
    const message = await accept(pieces, messageTo(['a@d.test']))
    clock.jump(-6 * hour)
    pieces = store.reopen()
    await pieces.idle()
    await pieces.send({ kind: 'accept-clock' })
    await pieces.sweep()
    const { due } = await store.reader.dueInLane('mx:d.test', clock.at, new Map(), 9)
    expect(due.map(({ recipient }) => recipient)).toEqual([recipientOf(message)])
  })
})

test('a jump that is over at a start of the store alone is over for the other processes too', async () => {
  const other = new RelayClock(clock)
  await tick()
  clock.jump(-3 * minute)
  await tick()
  other.now()
  other.follow(await store.reader.clock())
  expect(other.aheadMs).toBe(-3 * minute)
  clock.at += 4 * minute
  await tick()
  pieces = store.reopen()
  await pieces.idle()
  other.follow(await store.reader.clock())
  expect([pieces.time.clock.aheadMs, other.aheadMs]).toEqual([0, 0])
})

test('a store that was closed in order has seen the time of its end', async () => {
  await tick()
  clock.at += minute
  pieces.time.stop()
  await pieces.idle()
  clock.at += hour
  clock.jump(-hour - 30 * second)
  pieces = store.reopen()
  expect(pieces.time.jump).toBeNull()
  clock.jump(-minute)
  pieces = store.reopen()
  expect(pieces.time.jump?.byMs).toBe(-90 * second)
})

test('a clock that is steady costs one small write in five minutes', async () => {
  await tick()
  const changes = () =>
    pieces.writer.connection.sql('SELECT total_changes() AS n').get()?.['n'] as number
  const before = changes()
  for (let n = 0; n < 299; n++) {
    clock.at += second
    await tick()
  }
  expect(changes()).toBe(before)
  clock.at += second
  await tick()
  expect(changes()).toBe(before + 1)
})
