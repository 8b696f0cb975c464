import { expect, test } from 'vitest'
import { audiences, eventKinds, formerEventNames, type AnyEvent } from '../../../src/words/event.ts'

test('a wrong name, or data of another event, is a type error', () => {
  const right: AnyEvent = { event: 'accepted', data: { recipients: 1 } }
  // @ts-expect-error -- no event has this name
  const misnamed: AnyEvent = { event: 'acepted', data: { recipients: 1 } }
  // @ts-expect-error -- this data belongs to another event
  const mixed: AnyEvent = { event: 'retried', data: { recipients: 1 } }
  expect([right, misnamed, mixed]).toHaveLength(3)
})

test('every event says what it means in a sentence, and for whom it is', () => {
  for (const [name, { description, audience }] of Object.entries(eventKinds)) {
    expect(description, name).toMatch(/^[A-Z].*[^.]$/)
    expect(audiences).toContain(audience)
  }
})

test('a former name is not a name of today', () => {
  for (const former of Object.keys(formerEventNames)) expect(eventKinds).not.toHaveProperty(former)
})
