import { beforeEach, expect, test } from 'vitest'
import { hour, minute } from '../../../src/time/clock.ts'
import { RelayClock } from '../../../src/time/relay-clock.ts'
import { OwnClock } from '../../kit/own-clock.ts'

let machine: OwnClock
let clock: RelayClock
beforeEach(() => {
  machine = new OwnClock()
  clock = new RelayClock(machine)
})

test('a process sees a jump by itself, before the store has a word on it', () => {
  const before = clock.now()
  machine.jump(6 * hour)
  expect(clock.now()).toBe(before)
  clock.follow({ aheadMs: 0, changes: 0 })
  expect(clock.now()).toBe(before)
  clock.follow({ aheadMs: 6 * hour, changes: 1 })
  machine.at += minute
  expect(clock.now()).toBe(before + minute)
})

test('it goes on by the time that the store acts on, also where it began later', () => {
  clock.follow({ aheadMs: 6 * hour, changes: 7 })
  expect(clock.now()).toBe(machine.at - 6 * hour)
})

test('it takes nothing over by itself; it believes a clock as soon as the store does', () => {
  machine.jump(-6 * hour)
  const ahead = clock.now() - machine.at
  machine.at += 3 * hour
  clock.follow({ aheadMs: -6 * hour, changes: 1 })
  expect(clock.now() - machine.at).toBe(ahead)
  clock.follow({ aheadMs: 0, changes: 2 })
  expect(clock.now()).toBe(machine.at)
})
