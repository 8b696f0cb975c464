import { describe, expect, test } from 'vitest'
import { readFilter } from '../../../src/operations/read-filter.ts'
import type { FilterText } from '../../../src/words/filter.ts'

const now = Date.parse('2026-11-22T12:00:00Z')
const read = (text: FilterText) => readFilter(text, now)

test('an empty filter is told apart from one that says something', () => {
  expect(read({})).toEqual({ kind: 'filter', filter: {}, empty: true })
  expect(read({ tag: 'x' })).toEqual({ kind: 'filter', filter: { tag: 'x' }, empty: false })
})

test('every field is read', () => {
  expect(
    read({
      status: ['deferred', 'held'],
      destination: 'Bücher.example',
      to: '*@example.org',
      from: 'Alice@example.com',
      account: 'Alice',
      message_id: '<a@b>',
      tag: 'news',
      route: 'smtp://Relay.example:25',
      older_than: '1h',
      newer_than: '2026-11-22T10:00:00+01:00',
    }),
  ).toEqual({
    kind: 'filter',
    empty: false,
    filter: {
      status: ['deferred', 'held'],
      destination: 'xn--bcher-kva.example',
      to: '*@example.org',
      from: 'Alice@example.com',
      account: 'alice',
      messageId: '<a@b>',
      tag: 'news',
      route: 'smtp://relay.example:25',
      olderThan: now - 3_600_000,
      newerThan: Date.parse('2026-11-22T09:00:00Z'),
    },
  })
})

test('one status stands for a list of one', () => {
  expect(read({ status: 'held' })).toMatchObject({ filter: { status: ['held'] } })
})

test.each(['', '<>'])('the null reverse-path is written %j', (from) => {
  expect(read({ from })).toMatchObject({ filter: { from: '' }, empty: false })
})

describe('what would look like a search is refused, never widened', () => {
  test.each<FilterText>([
    { to: '' },
    { to: '*' },
    { to: 'anna' },
    { to: '@example.org' },
    { to: '*an@example.org' },
    { submitter: 'alice' },
    { submitter: 'account:' },
    { submitter: 'account:ali*' },
    { submitter: 'customer:alice' },
    { to: '*@*' },
    { to: '*@exa*' },
    { to: '*@' },
    { to: 'a@b@*' },
    { from: '*@*.org' },
    { destination: '' },
    { destination: '*.org' },
    { destination: 'a@b' },
    { account: '' },
    { account: 'ali*' },
    { message_id: '' },
    { tag: '' },
    { route: 'smtp://' },
    { route: 'mx.example.org' },
    { older_than: '' },
    { older_than: '1' },
    { older_than: 'yesterday' },
    { older_than: '2026-11-22' },
    { newer_than: '2026-11-22T10:00:00' },
    { newer_than: '2026-13-22T10:00:00Z' },
    { older_than: '2026-11-31T10:00:00Z' },
    { older_than: '2026-02-29T10:00:00Z' },
    { older_than: '2026-11-22T24:00:00Z' },
    { older_than: '2026-11-22T10:60:00Z' },
    { older_than: '2026-11-31T10:00:00+01:00' },
    { older_than: '2026-11-22T10:00:00+24:00' },
    { older_than: '2026-11-00T10:00:00Z' },
  ])('%j', (text) => {
    const [field] = Object.keys(text)
    expect(read(text)).toMatchObject({ kind: 'malformed', errors: [{ field }] })
  })
})

test('a star within a local part is a letter as others', () => {
  expect(read({ to: 'a*b@example.org' })).toMatchObject({ filter: { to: 'a*b@example.org' } })
})

test.each([
  ['account:Alice', 'account:alice'],
  ['network:192.0.2.0/24', 'network:192.0.2.0/24'],
  ['network:2001:DB8::/32', 'network:2001:db8::/32'],
  ['system:dsn', 'system:dsn'],
])('a submitter of any kind can be named: %s', (text, submitter) => {
  expect(read({ submitter: text })).toMatchObject({ filter: { submitter } })
})

test.each([
  ['2024-02-29T23:59:59Z', '2024-02-29T23:59:59Z'],
  ['2026-11-22t10:00:00.5z', '2026-11-22T10:00:00.500Z'],
  ['2026-12-31T23:30:00-01:00', '2027-01-01T00:30:00Z'],
])('a day that exists is read, in any offset: %s', (text, same) => {
  expect(read({ older_than: text })).toMatchObject({ filter: { olderThan: Date.parse(same) } })
})

test('all that is wrong is said at once', () => {
  expect(read({ to: 'x', older_than: 'y', tag: 'fine' })).toMatchObject({
    errors: [{ field: 'to' }, { field: 'older_than' }],
  })
})
