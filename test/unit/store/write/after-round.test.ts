import { expect, test } from 'vitest'
import { afterRound } from '../../../../src/store/write/after-round.ts'

const long = {
  logPages: 100_000,
  movedPages: 100_000,
  movedBefore: 0,
  number: 1,
  isOverlong: false,
  isShort: false,
}

test('a short log rests, unless its file holds room that the disk needs', () => {
  const short = { ...long, logPages: 3000, movedPages: 3000, movedBefore: 2000 }
  expect(afterRound(short)).toBe('rest')
  expect(afterRound({ ...short, isOverlong: true })).toBe('rest')
  expect(afterRound({ ...short, isOverlong: true, isShort: true })).toBe('anew')
})

test('a long log is moved round by round, and begun anew by the writer only when a round had little to move', () => {
  expect(afterRound(long)).toBe('again')
  expect(afterRound({ ...long, number: 2, movedBefore: 90_000 })).toBe('again')
  expect(afterRound({ ...long, number: 3, movedBefore: 98_000 })).toBe('anew')
})

test('a log that a reader holds waits for the reader, however long it is', () => {
  const held = { ...long, movedPages: 97_000, movedBefore: 97_000 }
  for (const number of [1, 2, 10])
    expect(afterRound({ ...held, number, isOverlong: true })).toBe('held')
})

test('where commits outpace the thread the rounds end, and they wait for a log beyond its bound', () => {
  const outpaced = { ...long, number: 10, movedBefore: 50_000 }
  expect(afterRound({ ...outpaced, number: 9 })).toBe('again')
  expect(afterRound(outpaced)).toBe('rest')
  expect(afterRound({ ...outpaced, isOverlong: true })).toBe('anew')
})
