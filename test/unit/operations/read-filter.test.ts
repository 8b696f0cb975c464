import { describe, expect, test } from 'vitest'
import { readFilter, type FilterText } from '../../../src/operations/read-filter.ts'

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
    { to: 'an*@example.org' },
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
    { older_than: '' },
    { older_than: '1' },
    { older_than: 'yesterday' },
    { older_than: '2026-11-22' },
    { newer_than: '2026-11-22T10:00:00' },
    { newer_than: '2026-13-22T10:00:00Z' },
  ])('%j', (text) => {
    const [field] = Object.keys(text)
    expect(read(text)).toMatchObject({ kind: 'malformed', errors: [{ field }] })
  })
})

test('all that is wrong is said at once', () => {
  expect(read({ to: 'x', older_than: 'y', tag: 'fine' })).toMatchObject({
    errors: [{ field: 'to' }, { field: 'older_than' }],
  })
})
