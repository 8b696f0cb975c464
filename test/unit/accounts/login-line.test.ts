import { expect, test } from 'vitest'
import { LoginLine, type LoginOrigin } from '../../../src/accounts/login-line.ts'

const other = (widerNetwork: string): LoginOrigin => ({ widerNetwork, isKnown: false })
const known = (widerNetwork: string): LoginOrigin => ({ widerNetwork, isKnown: true })

/** A line in which networks have failed as often as `failures` says. */
function lineWith(failures: Record<string, number> = {}) {
  const line = new LoginLine<string>((network) => failures[network] ?? 0)
  const add = (origin: LoginOrigin, ...logins: string[]): void =>
    logins.forEach((login) => line.add(login, origin))
  const takeAll = (): string[] => {
    const taken: string[] = []
    for (let next = line.takeNext(); next !== null; next = line.takeNext()) taken.push(next)
    return taken
  }
  return { line, add, takeAll }
}

test('wider networks take turns, each first come, first served; who comes waits for one login of each', () => {
  const { line, add, takeAll } = lineWith()
  add(other('a'), 'a1', 'a2', 'a3', 'a4')
  add(other('b'), 'b1', 'b2')
  expect(line.takeNext()).toBe('a1')
  add(other('c'), 'c1')
  expect(takeAll()).toEqual(['b1', 'a2', 'c1', 'b2', 'a3', 'a4'])
  expect(line.takeNext()).toBeNull()
})

test('a client that is known comes before all others, but of four turns in a row one is for them', () => {
  const { add, takeAll } = lineWith()
  add(other('a'), 'a1', 'a2')
  add(known('k'), 'k1', 'k2', 'k3', 'k4', 'k5', 'k6', 'k7')
  expect(takeAll()).toEqual(['k1', 'k2', 'k3', 'a1', 'k4', 'k5', 'k6', 'a2', 'k7'])
})

test('where no other waits, known clients have all turns, and owe none for it', () => {
  const { line, add, takeAll } = lineWith()
  add(known('k'), 'k1', 'k2', 'k3', 'k4', 'k5')
  expect(takeAll()).toEqual(['k1', 'k2', 'k3', 'k4', 'k5'])
  add(other('a'), 'a1', 'a2')
  expect(line.takeNext()).toBe('a1')
  add(known('k'), 'k6')
  expect(takeAll()).toEqual(['k6', 'a2'])
})

test('networks that have failed wait for those that have failed less, also where they came later', () => {
  const failures = { guesser: 2, mistyped: 1 }
  const { line, add, takeAll } = lineWith(failures)
  add(other('guesser'), 'g1', 'g2')
  add(other('mistyped'), 'm1')
  add(other('fresh'), 'f1')
  expect(line.takeNext()).toBe('f1')
  failures.mistyped = 3
  expect(takeAll()).toEqual(['g1', 'g2', 'm1'])
})

test('failures of a network do not set back an owner who logged in from it', () => {
  const { add, takeAll } = lineWith({ k: 100 })
  add(known('k'), 'k1')
  add(known('l'), 'l1')
  add(other('a'), 'a1')
  expect(takeAll()).toEqual(['k1', 'l1', 'a1'])
})

test('what leaves has no turn, and the others keep theirs', () => {
  const { line, add, takeAll } = lineWith()
  add(other('a'), 'a1', 'a2')
  add(other('b'), 'b1')
  add(known('k'), 'k1')
  line.remove('a1', other('a'))
  line.remove('b1', other('b'))
  line.remove('k1', known('k'))
  line.remove('k1', known('k'))
  expect(takeAll()).toEqual(['a2'])
})
