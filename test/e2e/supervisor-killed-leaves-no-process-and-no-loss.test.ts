import { expect, test } from 'vitest'
import { eventually } from '../kit/facts.ts'
import { isAlive } from '../kit/relay-process.ts'
import { underLoad } from '../kit/under-load.ts'

test('kill -9 of the supervisor ends every child; the next start goes on where it was', async () => {
  const { verdict, ledger } = await underLoad({
    messages: 300,
    meanwhile: async ({ relay, load }) => {
      await eventually('a load', () => load.accepted >= 100 || undefined)
      const children = Object.values(relay.run.processes)
      expect(children).toHaveLength(5)
      expect(await relay.stop('SIGKILL')).toMatchObject({ signal: 'SIGKILL' })
      expect(children.filter(isAlive)).toEqual([])
      await relay.start()
    },
  })
  expect(verdict).toMatchObject({ lost: [], sentAfterRefusal: [] })
  expect(ledger).toMatchObject({ open: 0, difference: 0 })
})
