import { expect, test } from 'vitest'
import { askRedis } from '../kit/ask-redis.ts'
import { eventually } from '../kit/facts.ts'
import { underLoad } from '../kit/under-load.ts'

test('a Redis without memory, without scripts and one that cuts its clients off cost no message', async () => {
  const { verdict, ledger, troubles } = await underLoad({
    meanwhile: async ({ relay, load, amidTraffic }) => {
      const ask = async (...command: string[]): Promise<void> => {
        expect(await askRedis(relay.dataDir, ...command)).toMatch(/^[+:]/)
      }
      await amidTraffic(() => ask('CONFIG', 'SET', 'maxmemory', '1'))
      const before = load.accepted
      await eventually('mail accepted meanwhile', () => load.accepted >= before + 50 || undefined)
      await ask('CONFIG', 'SET', 'maxmemory', '256mb')
      await amidTraffic(() => ask('SCRIPT', 'FLUSH'))
      await amidTraffic(() => ask('CLIENT', 'KILL', 'TYPE', 'normal'))
    },
  })
  expect(verdict).toMatchObject({ lost: [], sentAfterRefusal: [], copies: 0 })
  expect(troubles).toBe(0)
  expect(ledger).toMatchObject({ delivered: verdict.accepted, open: 0, difference: 0 })
})
