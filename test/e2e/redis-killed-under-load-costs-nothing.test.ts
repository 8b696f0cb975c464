import { expect, test } from 'vitest'
import { underLoad } from '../kit/under-load.ts'

test('kill -9 of Redis under load refuses no mail, loses none and doubles none', async () => {
  const { verdict, ledger, troubles } = await underLoad({
    meanwhile: async ({ relay, kill }) => {
      for (let i = 1; i <= 3; i++) {
        await kill('redis')
        await relay.until({ redis_lost: i, redis_recovered: i })
      }
    },
  })
  expect(verdict).toMatchObject({ lost: [], sentAfterRefusal: [], copies: 0 })
  expect(troubles).toBe(0)
  expect(ledger).toMatchObject({ delivered: verdict.accepted, open: 0, difference: 0 })
})
