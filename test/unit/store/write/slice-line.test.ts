import { expect, test } from 'vitest'
import type { Party } from '../../../../src/words/party.ts'
import { SliceLine, type OnBehalf, type Slices } from '../../../../src/store/write/slice-line.ts'

/** By what it is found again. */
interface Named extends Slices {
  name: string
}

const named = (
  name: string,
  onBehalf: OnBehalf | null,
  { waits = true }: { waits?: boolean } = {},
): Named => ({ name, slice: () => true, done: () => undefined, waits, onBehalf })

const own = (name: string, waits: boolean): Named => named(name, null, { waits })
const asked = (name: string, party: Party, principal: string, isUnderWay: boolean): Named =>
  named(name, { party, principal, isUnderWay })

function take(line: SliceLine, count: number): string[] {
  return Array.from({ length: count }, () => (line.takeNext('ample') as Named | null)?.name ?? '')
}

/** So many operations that a key of the customer has running, and a line in which they wait. */
function lineOf(count: number): SliceLine {
  const line = new SliceLine()
  for (let n = 0; n < count; n++) line.add(asked('running', 'customer', 'key:a', true))
  return line
}

test('what a sender left in flight, the clock and sweeps have every second turn, however many operations run', () => {
  const line = lineOf(150)
  for (let n = 0; n < 10; n++) {
    line.add(own('left in flight', false))
    line.add(own('sweep', true))
    const taken = take(line, 4)
    expect(taken).toContain('left in flight')
    expect(taken).toContain('sweep')
  }
})

test('a person, another key of the same party, and what the same key begins have turns beside 150 operations of one key', () => {
  const line = lineOf(150)
  take(line, 5)
  line.add(asked('hold by abuse', 'abuse', 'party:abuse', false))
  line.add(asked('of another key', 'customer', 'key:b', false))
  line.add(asked('of the same key', 'customer', 'key:a', false))
  const taken = take(line, 10)
  expect(taken).toEqual(
    expect.arrayContaining(['hold by abuse', 'of another key', 'of the same key']),
  )
  expect(taken.indexOf('hold by abuse')).toBeLessThan(2)
})

test('the operations of one key go on side by side', () => {
  const line = new SliceLine()
  for (let n = 0; n < 5; n++) line.add(asked(`${n}`, 'customer', 'key:a', true))
  const taken: string[] = []
  for (let n = 0; n < 10; n++) {
    const next = line.takeNext('ample') as Named
    taken.push(next.name)
    line.add(next)
  }
  expect(taken).toEqual(['0', '1', '2', '3', '4', '0', '1', '2', '3', '4'])
})

test('while the last of the room is for what is in flight, only what does not wait for more goes on', () => {
  const line = lineOf(3)
  line.add(own('sweep', true))
  expect(line.hasNext('kept')).toBe(false)
  expect(line.takeNext('kept')).toBe(null)
  line.add(own('left in flight', false))
  expect(line.hasNext('last')).toBe(true)
  expect(line.hasNext('none')).toBe(false)
  expect(line.takeNext('none')).toBe(null)
  expect((line.takeNext('kept') as Named).name).toBe('left in flight')
  expect(line.hasNext('kept')).toBe(false)
  expect(line.hasNext('short')).toBe(true)
})
