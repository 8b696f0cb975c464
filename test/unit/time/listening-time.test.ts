import { expect, test } from 'vitest'
import { hour } from '../../../src/time/clock.ts'
import { listenedMs, ListeningTime } from '../../../src/time/listening-time.ts'
import { eventually } from '../../kit/facts.ts'
import { OwnClock } from '../../kit/own-clock.ts'
import { standStill } from '../../kit/stand-still.ts'

function startTime() {
  const clock = new OwnClock()
  const time = new ListeningTime(() => clock.elapsedMs())
  const began = time.now()
  return { clock, time, listened: () => time.now() - began }
}

test('time goes on as the monotonic clock does while the event loop turns', () => {
  const { clock, time, listened } = startTime()
  for (let gone = 7; gone <= 70_000; gone += 7) {
    clock.at += 7
    expect(listened()).toBe(gone)
    if (gone % 98 === 0) time.beat()
  }
})

test('a gap, however long, counts a quarter of a second, whenever the time is read', () => {
  const { clock, time, listened } = startTime()
  for (let gaps = 1; gaps <= 3; gaps++) {
    clock.at += hour
    expect(listened()).toBe(gaps * 250)
    clock.at += hour
    expect(listened()).toBe(gaps * 250)
    time.beat()
    expect(listened()).toBe(gaps * 250)
  }
  clock.at += 100
  expect(listened()).toBe(850)
})

test('the time of this process leaves out that in which its event loop did not turn, and goes on after it', async () => {
  const before = listenedMs()
  standStill(600)
  expect(listenedMs() - before).toBeLessThanOrEqual(250)
  await eventually('it goes on', () => listenedMs() - before > 600 || undefined)
})
