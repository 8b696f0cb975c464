import { expect, test } from 'vitest'
import { inFlightCache } from '../../../src/operations/in-flight.ts'
import { StoreUnavailable } from '../../../src/store/client.ts'
import type { Answer, RecipientKey } from '../../../src/store/commands.ts'
import { noHindrances } from '../../../src/store/hindrances.ts'

/** A store of which only the set in flight is asked; it counts how often. */
function storeWith(recipients: RecipientKey[]) {
  const store = {
    asked: 0,
    away: false,
    send: (): Promise<Answer> => {
      store.asked += 1
      if (store.away) return Promise.reject(new StoreUnavailable('away'))
      return Promise.resolve({ kind: 'in-flight', recipients, takesMail: true, ...noHindrances })
    },
  }
  return store
}

test('many who ask at once are answered by one question', async () => {
  const store = storeWith([1, 2])
  const inFlight = inFlightCache(store, () => 1000)
  const sets = await Promise.all([inFlight(), inFlight(), inFlight()])
  expect(sets.map((set) => [...set])).toEqual([
    [1, 2],
    [1, 2],
    [1, 2],
  ])
  expect(store.asked).toBe(1)
})

test('it is asked again after a quarter of a second, not before', async () => {
  const store = storeWith([1])
  let now = 1000
  const inFlight = inFlightCache(store, () => now)
  await inFlight()
  now += 249
  await inFlight()
  expect(store.asked).toBe(1)
  now += 1
  await inFlight()
  expect(store.asked).toBe(2)
})

test('while the store is away the last known set stands', async () => {
  const store = storeWith([7])
  let now = 1000
  const inFlight = inFlightCache(store, () => now)
  await inFlight()
  store.away = true
  now += 1000
  expect([...(await inFlight())]).toEqual([7])
  expect(store.asked).toBe(2)
})
