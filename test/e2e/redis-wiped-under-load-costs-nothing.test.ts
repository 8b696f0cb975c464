import { expect, test } from 'vitest'
import { askRedis } from '../kit/ask-redis.ts'
import { underLoad } from '../kit/under-load.ts'

test('FLUSHALL under load refuses no mail, loses none and doubles none', async () => {
  const { verdict, ledger, troubles } = await underLoad({
    meanwhile: async ({ relay, amidTraffic }) => {
      for (let i = 0; i < 3; i++) {
        expect(await amidTraffic(() => askRedis(relay.dataDir, 'FLUSHALL'))).toBe('+OK')
      }
    },
  })
  expect(verdict).toMatchObject({ lost: [], sentAfterRefusal: [], copies: 0 })
  expect(troubles).toBe(0)
  expect(ledger).toMatchObject({ delivered: verdict.accepted, open: 0, difference: 0 })
})
