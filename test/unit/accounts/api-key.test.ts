import { expect, test } from 'vitest'
import { newApiKey, parseApiKey } from '../../../src/accounts/api-key.ts'

test('a new key is found again by its id and its hash', () => {
  const key = newApiKey()
  expect(key.secret).toMatch(new RegExp(`^sk_${key.id}_`))
  expect(parseApiKey(key.secret)).toEqual({ id: key.id, secretHash: key.secretHash })
})

test('a key with one character changed has another hash', () => {
  const key = newApiKey()
  const last = key.secret.endsWith('A') ? 'B' : 'A'
  expect(parseApiKey(key.secret.slice(0, -1) + last)?.secretHash).not.toBe(key.secretHash)
})

test.each([
  '',
  'sk_',
  'sk_abc_def',
  'Bearer x',
  'sk_0123456789ab_short',
  `sk_0123456789ab_${'é'.repeat(32)}`,
])('%j is no key', (text) => {
  expect(parseApiKey(text)).toBeNull()
})
