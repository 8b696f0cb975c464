import { expect, test } from 'vitest'
import { judge, type Known, type Sunk } from '../../kit/load.ts'

const known = new Map<string, Known>([
  ['1', 'accepted'],
  ['2', 'accepted'],
  ['3', 'refused'],
  ['4', 'unknown'],
  ['5', 'unknown'],
])
const at = (number: string, atMs: number): Sunk => ({ number, atMs })
const settled = new Map([
  ['1', 110],
  ['2', 250],
])

test('what was accepted and never arrived is lost', () => {
  expect(judge(known, [at('1', 100)], settled, []).lost).toEqual(['2'])
})

test('what was refused and arrived is counted against the relay', () => {
  const sunk = [at('1', 100), at('2', 200), at('3', 300)]
  expect(judge(known, sunk, settled, []).sentAfterRefusal).toEqual(['3'])
})

test('what was not answered may arrive or not', () => {
  const verdict = judge(known, [at('1', 100), at('2', 200), at('4', 400)], settled, [])
  expect(verdict).toMatchObject({
    unanswered: 2,
    unansweredDelivered: 1,
    lost: [],
    sentAfterRefusal: [],
    unexplainedCopies: [],
  })
})

test('a copy is explained only by a kill between its first arrival and its settling', () => {
  const sunk = [at('1', 100), at('1', 105), at('2', 200)]
  expect(judge(known, sunk, settled, [104])).toMatchObject({ copies: 1, unexplainedCopies: [] })
  expect(judge(known, sunk, settled, [99, 111])).toMatchObject({
    copies: 1,
    unexplainedCopies: ['1'],
  })
})

test('one kill explains one copy, not two', () => {
  const sunk = [at('1', 100), at('1', 105), at('1', 108), at('2', 200)]
  expect(judge(known, sunk, settled, [104])).toMatchObject({ copies: 2, unexplainedCopies: ['1'] })
})
