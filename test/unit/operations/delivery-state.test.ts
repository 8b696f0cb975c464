import { expect, test } from 'vitest'
import { deliveryStateCache } from '../../../src/operations/delivery-state.ts'
import type { AnswerTo } from '../../../src/store/protocol/answers.ts'
import type { InFlightCommand } from '../../../src/store/protocol/commands.ts'
import type { RecipientKey } from '../../../src/words/keys.ts'

/** A store of which only the state of delivery is asked; it counts how often. */
function storeWith(recipients: RecipientKey[]) {
  const store = {
    asked: 0,
    away: false,
    send: () => answer() as Promise<never>,
  }
  const answer = (): Promise<AnswerTo<InFlightCommand>> => {
    store.asked += 1
    if (store.away) return Promise.resolve({ kind: 'unavailable', cause: 'store away' })
    return Promise.resolve({
      kind: 'in-flight',
      recipients,
      takesMail: true,
      sendsMail: true,
      redisTrouble: null,
      clockJump: null,
      slices: 0,
      held: 0,
    })
  }
  return store
}

test('many who ask at once are answered by one question', async () => {
  const store = storeWith([1, 2])
  const state = deliveryStateCache(store, () => 1000)
  const states = await Promise.all([state(), state(), state()])
  expect(states.map(({ inFlight }) => [...inFlight])).toEqual([
    [1, 2],
    [1, 2],
    [1, 2],
  ])
  expect(store.asked).toBe(1)
})

test('it is asked again after a quarter of a second, not before', async () => {
  const store = storeWith([1])
  let now = 1000
  const state = deliveryStateCache(store, () => now)
  await state()
  now += 249
  await state()
  expect(store.asked).toBe(1)
  now += 1
  await state()
  expect(store.asked).toBe(2)
})

test('while the store is away the last known state stands', async () => {
  const store = storeWith([7])
  let now = 1000
  const state = deliveryStateCache(store, () => now)
  await state()
  store.away = true
  now += 1000
  const { inFlight } = await state()
  expect([...inFlight]).toEqual([7])
  expect(store.asked).toBe(2)
})
