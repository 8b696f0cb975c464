import { expect, test } from 'vitest'
import { askRedis } from '../kit/ask-redis.ts'
import { underLoad } from '../kit/under-load.ts'

test('FLUSHALL under load refuses no mail, loses none and doubles none', async () => {
  const { verdict, ledger } = await underLoad({
    messages: 400,
    meanwhile: async ({ relay, sink }) => {
      for (let i = 1; i <= 3; i++) {
        await sink.untilAccepted(i * 50)
        expect(await askRedis(relay.dataDir, 'FLUSHALL')).toBe('+OK')
      }
    },
  })
  expect(verdict).toMatchObject({ accepted: 400, lost: [], sentAfterRefusal: [], copies: 0 })
  expect(ledger).toMatchObject({ accepted: 400, delivered: 400, open: 0, difference: 0 })
})
