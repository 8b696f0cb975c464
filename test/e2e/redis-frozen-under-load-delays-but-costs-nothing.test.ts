import { expect, test } from 'vitest'
import { eventually } from '../kit/facts.ts'
import { underLoad } from '../kit/under-load.ts'

test('mail is accepted while Redis is frozen, and delivered once it thaws', async () => {
  const { verdict, ledger, troubles } = await underLoad({
    meanwhile: async ({ relay, load, amidTraffic }) => {
      const frozen = await amidTraffic(() => relay.kill('redis', 'SIGSTOP'))
      const before = load.accepted
      await eventually('mail accepted meanwhile', () => load.accepted >= before + 100 || undefined)
      const { status, body } = await relay.api('/readyz', { key: null })
      expect({ status, body }).toMatchObject({ status: 200, body: { status: 'degraded' } })
      process.kill(frozen, 'SIGCONT')
    },
  })
  expect(verdict).toMatchObject({ lost: [], sentAfterRefusal: [], copies: 0 })
  expect(troubles).toBe(0)
  expect(ledger).toMatchObject({ delivered: verdict.accepted, open: 0, difference: 0 })
})
