import { expect, test } from 'vitest'
import { eventKinds } from '../../../src/words/event.ts'
import { readEvent } from '../../../src/words/read-event.ts'

const asked = { actor: 'key:1', reason: 'wrong link' }

test('an event is read as it was written', () => {
  expect(readEvent('retried', asked)).toEqual({ event: 'retried', data: asked })
})

test('a row of an earlier release is read under the name that its event has now', () => {
  expect(readEvent('purge_asked', asked)).toEqual({ event: 'purge_requested', data: asked })
})

test('what an earlier release did not record is null where it can be', () => {
  const data = { account: 'shop', actor: null }
  expect(readEvent('account_added', { account: 'shop' })).toEqual({ event: 'account_added', data })
})

test('what an earlier release recorded and is no longer declared is left out', () => {
  expect(readEvent('outcome_reduced', { message: 7 })).toEqual({
    event: 'outcome_reduced',
    data: {},
  })
})

test.each([
  ['a name that nobody knows', 'teleported', { where: 'Mars' }],
  ['a name that every object has', 'constructor', {}],
  ['data that does not fit', 'accepted', { recipients: 'many' }],
  ['data that lacks what the event is about', 'hosts_rest', { hosts: 'mx.test' }],
])('%s is an unknown event with all that was stored, never a failure', (_, name, data) => {
  expect(readEvent(name, data)).toEqual({ event: 'unknown', data: { name, data } })
})

test('no event that is declared is called unknown', () => {
  expect(eventKinds).not.toHaveProperty('unknown')
})
