import { expect, test } from 'vitest'
import { underLoad } from '../kit/under-load.ts'

test('kill -9 of delivery under load loses nothing and sends nothing that was refused', async () => {
  const { verdict, ledger, troubles } = await underLoad({
    meanwhile: async ({ kill }) => {
      for (let i = 0; i < 3; i++) await kill('delivery')
    },
  })
  expect(verdict).toMatchObject({ lost: [], sentAfterRefusal: [], unexplainedCopies: [] })
  expect(ledger).toMatchObject({ open: 0, difference: 0 })
  expect(troubles).toBe(0)
})
