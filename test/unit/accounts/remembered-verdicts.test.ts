import { expect, test } from 'vitest'
import { RememberedVerdicts } from '../../../src/accounts/remembered-verdicts.ts'
import { minute } from '../../../src/time/clock.ts'

const now = 1_000_000
const alice = { name: 'alice', password: 'one', address: '192.0.2.1' }

test('a wrong password is known again from any address, under the same name, password and version alone', () => {
  const verdicts = new RememberedVerdicts()
  verdicts.addWrong(alice, 'v1')
  expect(verdicts.wasWrong({ ...alice, address: '198.51.100.7' }, 'v1')).toBe(true)
  expect(verdicts.wasWrong(alice, 'v2')).toBe(false)
  expect(verdicts.wasWrong({ ...alice, name: 'bob' }, 'v1')).toBe(false)
  expect(verdicts.wasWrong({ ...alice, password: 'two' }, 'v1')).toBe(false)
  expect(verdicts.accountOf(alice, 'v1', now)).toBeNull()
})

test('a login is known again under the same version', () => {
  const verdicts = new RememberedVerdicts()
  verdicts.addLogin(alice, 'v1', 'alice@own.test', now)
  expect(verdicts.accountOf(alice, 'v1', now + 1_000 * minute)).toBe('alice@own.test')
  expect(verdicts.accountOf(alice, 'v2', now)).toBeNull()
  expect(verdicts.wasWrong(alice, 'v1')).toBe(false)
})

test('where no version can be told, a login is known for five minutes and a wrong password not at all', () => {
  const verdicts = new RememberedVerdicts()
  verdicts.addLogin(alice, null, 'alice', now)
  expect(verdicts.accountOf(alice, null, now + 5 * minute - 1)).toBe('alice')
  expect(verdicts.accountOf(alice, null, now + 5 * minute)).toBeNull()
  verdicts.addWrong(alice, null)
  expect(verdicts.wasWrong(alice, null)).toBe(false)
})

test('a name and a password that only together are the same octets are another attempt', () => {
  const verdicts = new RememberedVerdicts()
  verdicts.addWrong({ ...alice, name: 'al', password: 'iceone' }, 'v1')
  expect(verdicts.wasWrong(alice, 'v1')).toBe(false)
})
