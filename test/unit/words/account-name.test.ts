import { expect, test } from 'vitest'
import { parseAccountName } from '../../../src/words/account-name.ts'

test.each([
  ['alice', 'alice'],
  ['Alice', 'alice'],
  ['shop-1', 'shop-1'],
  ['user@example.org', 'user@example.org'],
  ['', null],
  ['-x', null],
  ['a b', null],
  ['a\0b', null],
  ['a\r\nb', null],
  ['ünï', null],
  ['x'.repeat(65), null],
])('%j is %j', (text, name) => {
  expect(parseAccountName(text)).toBe(name)
})
