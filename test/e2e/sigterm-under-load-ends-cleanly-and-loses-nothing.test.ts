import { expect, test } from 'vitest'
import { underLoad } from '../kit/under-load.ts'

test('SIGTERM under load ends with 0; after the next start everything accepted is delivered once', async () => {
  const { verdict, ledger, troubles } = await underLoad({
    meanwhile: async ({ relay, amidTraffic }) => {
      const ended = await amidTraffic(() => relay.stop('SIGTERM'))
      expect(ended).toMatchObject({ code: 0, signal: null })
      await relay.start()
    },
  })
  expect(verdict).toMatchObject({ lost: [], sentAfterRefusal: [], copies: 0 })
  expect(troubles).toBeGreaterThan(0)
  expect(ledger).toMatchObject({ open: 0, difference: 0 })
})
