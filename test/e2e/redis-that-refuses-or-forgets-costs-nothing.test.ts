import { expect, test } from 'vitest'
import { askRedis } from '../kit/ask-redis.ts'
import { eventually } from '../kit/facts.ts'
import { underLoad } from '../kit/under-load.ts'

test('a Redis without memory, without scripts and one that cuts its clients off cost no message', async () => {
  const { verdict, ledger } = await underLoad({
    messages: 400,
    meanwhile: async ({ relay, sink, load }) => {
      const ask = async (...command: string[]): Promise<void> => {
        expect(await askRedis(relay.dataDir, ...command)).toMatch(/^[+:]/)
      }
      await sink.untilAccepted(20)
      await ask('CONFIG', 'SET', 'maxmemory', '1')
      const before = load.accepted
      await eventually('mail accepted meanwhile', () => load.accepted >= before + 50 || undefined)
      await ask('CONFIG', 'SET', 'maxmemory', '256mb')
      await sink.untilAccepted(150)
      await ask('SCRIPT', 'FLUSH')
      await sink.untilAccepted(200)
      await ask('CLIENT', 'KILL', 'TYPE', 'normal')
    },
  })
  expect(verdict).toMatchObject({ accepted: 400, lost: [], sentAfterRefusal: [], copies: 0 })
  expect(ledger).toMatchObject({ accepted: 400, delivered: 400, open: 0, difference: 0 })
})
