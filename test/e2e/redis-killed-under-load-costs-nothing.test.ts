import { expect, test } from 'vitest'
import { underLoad } from '../kit/under-load.ts'

test('kill -9 of Redis under load refuses no mail, loses none and doubles none', async () => {
  const { verdict, ledger } = await underLoad({
    messages: 400,
    meanwhile: async ({ relay, kill }) => {
      for (let i = 0; i < 3; i++) await kill('redis')
      await relay.until({ redis_lost: 1, redis_back: 1 })
    },
  })
  expect(verdict).toMatchObject({
    accepted: 400,
    lost: [],
    sentAfterRefusal: [],
    copies: 0,
    unanswered: 0,
  })
  expect(ledger).toMatchObject({ accepted: 400, delivered: 400, open: 0, difference: 0 })
})
