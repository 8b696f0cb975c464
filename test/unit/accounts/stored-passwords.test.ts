import { expect, test } from 'vitest'
import { hashPassword } from '../../../src/accounts/password.ts'
import { storedPasswords } from '../../../src/accounts/stored-passwords.ts'

const attempt = { name: 'alice', password: 'right', address: '192.0.2.1' }
const { signal } = new AbortController()

test('a right password names its account and the hash that it was compared with; all else is wrong', async () => {
  const passwordHash = await hashPassword('right')
  const account = (name: string) => Promise.resolve(name === 'alice' ? { passwordHash } : null)
  const backend = storedPasswords({ account })
  expect(await backend.check(attempt, signal)).toEqual({
    kind: 'account',
    account: 'alice',
    version: passwordHash,
  })
  expect(await backend.check({ ...attempt, password: 'wrong' }, signal)).toEqual({
    kind: 'wrong',
    version: passwordHash,
  })
  expect(await backend.check({ ...attempt, name: 'nobody' }, signal)).toEqual({
    kind: 'wrong',
    version: 'unknown',
  })
  expect(await backend.versionOf('alice')).toBe(passwordHash)
  expect(await backend.versionOf('nobody')).toBe('unknown')
})
