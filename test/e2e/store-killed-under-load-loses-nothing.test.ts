import { expect, test } from 'vitest'
import { underLoad } from '../kit/under-load.ts'

test('kill -9 of store under load loses nothing and sends nothing that was refused', async () => {
  const { verdict, ledger, troubles } = await underLoad({
    meanwhile: async ({ kill }) => {
      for (let i = 0; i < 3; i++) await kill('store')
    },
  })
  expect(verdict).toMatchObject({ lost: [], sentAfterRefusal: [], unexplainedCopies: [] })
  expect(ledger).toMatchObject({ open: 0, difference: 0 })
  // Each kill cut clients off.
  expect(troubles).toBeGreaterThanOrEqual(3)
})
