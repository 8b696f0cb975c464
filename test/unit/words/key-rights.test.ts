import { expect, test } from 'vitest'
import { beyond, type KeyRights } from '../../../src/words/key-rights.ts'

const own: KeyRights = {
  role: 'customer',
  scopes: ['queue:read', 'keys:write'],
  accounts: ['shop', 'news'],
  networks: ['192.0.2.0/24'],
  expiresAt: 1000,
}

test('a key that is bounded as another one, or closer, is not above it', () => {
  expect(beyond(own, own)).toBeNull()
  const closer = { ...own, role: 'reader', scopes: ['queue:read'], expiresAt: 999 } as const
  expect(beyond(own, { ...closer, accounts: ['shop'] })).toBeNull()
})

test.each<[keyof KeyRights, Partial<KeyRights>]>([
  ['role', { role: 'operator' }],
  ['scopes', { scopes: ['queue:read', 'queue:purge'] }],
  ['accounts', { accounts: ['shop', 'other'] }],
  ['accounts', { accounts: null }],
  ['networks', { networks: ['192.0.2.0/24', '198.51.100.0/24'] }],
  ['networks', { networks: null }],
  ['expiresAt', { expiresAt: 1001 }],
  ['expiresAt', { expiresAt: null }],
])('a key with more of %s is above: %j', (right, more) => {
  expect(beyond(own, { ...own, ...more })).toBe(right)
})

test('what is unbounded is above nothing', () => {
  const free = { ...own, accounts: null, networks: null, expiresAt: null }
  expect(beyond(free, own)).toBeNull()
  expect(beyond(free, free)).toBeNull()
})
