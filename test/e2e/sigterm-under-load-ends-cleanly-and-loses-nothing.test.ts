import { expect, test } from 'vitest'
import { eventually } from '../kit/facts.ts'
import { underLoad } from '../kit/under-load.ts'

test('SIGTERM under load ends with 0; after the next start everything accepted is delivered once', async () => {
  const { verdict, ledger } = await underLoad({
    messages: 300,
    meanwhile: async ({ relay, load }) => {
      await eventually('a load', () => load.accepted >= 100 || undefined)
      expect(await relay.stop('SIGTERM')).toMatchObject({ code: 0, signal: null })
      await relay.start()
    },
  })
  expect(verdict).toMatchObject({ lost: [], sentAfterRefusal: [], copies: 0 })
  expect(ledger).toMatchObject({ open: 0, difference: 0 })
})
