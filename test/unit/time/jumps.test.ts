import { describe, expect, it, test } from 'vitest'
import { day, hour, minute, second } from '../../../src/time/clock.ts'
import {
  aheadAtStart,
  lookedAtForMs,
  observe,
  type ClockState,
  type Reading,
} from '../../../src/time/jumps.ts'

const start: Reading = { wall: Date.UTC(2030, 0, 1), elapsedMs: 5000 }
const steady: ClockState = { seen: start, aheadMs: 0, jumpedMs: 0 }

/** Time goes by, and the wall clock goes by so much more. */
const after = ({ seen }: ClockState, elapsedMs: number, moreMs = 0): Reading => ({
  wall: seen.wall + elapsedMs + moreMs,
  elapsedMs: seen.elapsedMs + elapsedMs,
})

const year = 365 * day

describe('a wall clock', () => {
  it('that an NTP slews for hours, however fast, did not jump', () => {
    let state = steady
    for (let n = 0; n < 36_000; n++) {
      const found = observe(state, after(state, second, 0.1 * second))
      expect(found.jump).toBeNull()
      state = found.state
    }
    expect(state.aheadMs).toBe(0)
  })

  it('that is stepped by less than a minute is followed', () => {
    for (const step of [59 * second, -59 * second]) {
      const { state, jump } = observe(steady, after(steady, second, step))
      expect([state.aheadMs, jump]).toEqual([0, null])
    }
  })

  it('does not jump while this process stands still: both clocks go on', () => {
    expect(observe(steady, after(steady, 3 * day)).jump).toBeNull()
  })

  it.each([2 * minute, hour, 90 * day, 30 * year, -2 * minute, -hour, -90 * day, -30 * year])(
    'that jumps by %d ms is ahead by that until it comes back',
    (by) => {
      const jumped = observe(steady, after(steady, second, by))
      expect(jumped.jump).toEqual({
        kind: 'jumped',
        from: start.wall + second,
        to: start.wall + second + by,
        byMs: by,
      })
      expect(jumped.state.aheadMs).toBe(by)
      const back = observe(jumped.state, after(jumped.state, hour, -by + 3 * second))
      expect(back.jump).toMatchObject({ kind: 'returned', byMs: -by + 3 * second })
      expect(back.state.aheadMs).toBe(0)
    },
  )

  it('is ahead by whole milliseconds, as times are', () => {
    const { state } = observe(steady, { wall: start.wall + day, elapsedMs: 5000.123 })
    expect(state.aheadMs).toBe(day)
  })

  it('that jumps again is ahead by the sum, and is looked at anew', () => {
    const one = observe(steady, after(steady, second, hour)).state
    const later = observe(one, after(one, 9 * minute)).state
    expect(lookedAtForMs(later)).toBe(minute)
    const two = observe(later, after(later, second, hour)).state
    expect(two.aheadMs).toBe(2 * hour)
    expect(lookedAtForMs(two)).toBe(10 * minute)
  })

  it('is looked at for an hour after a jump of more than a day', () => {
    for (const by of [2 * day, -2 * day]) {
      const { state } = observe(steady, after(steady, second, by))
      expect(lookedAtForMs(state)).toBe(hour)
      const then = observe(state, after(state, hour)).state
      expect(lookedAtForMs(then)).toBe(0)
    }
  })
})

test.each([
  ['nothing is known of before', null, 0, 0],
  ['the store wrote a moment ago', start.wall - second, 0, 0],
  ['the relay was stopped overnight', start.wall - 10 * hour, 0, 0],
  ['the clock is behind the store', start.wall + hour, 0, -hour],
  ['the clock is years behind the store', start.wall + 30 * year, 0, -30 * year],
  ['the clock is years ahead, or the relay was stopped that long', start.wall - year, 0, year],
  ['it was ahead before and still is', start.wall - 3 * hour, 2 * hour, 2 * hour],
  ['it was ahead before and came back', start.wall - minute, 2 * hour, 0],
  ['it was behind before and still is', start.wall + hour, -hour, -hour],
  ['it was behind before and came back', start.wall - minute, -hour, 0],
])('at a start where %s', (_, wrote, aheadBefore, ahead) => {
  expect(aheadAtStart(start.wall, wrote, aheadBefore)).toBe(ahead)
})
