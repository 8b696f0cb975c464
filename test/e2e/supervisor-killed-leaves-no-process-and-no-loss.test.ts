import { expect, test } from 'vitest'
import { isAlive } from '../kit/relay-process.ts'
import { underLoad } from '../kit/under-load.ts'

test('kill -9 of the supervisor ends every child; the next start goes on where it was', async () => {
  const { verdict, ledger, troubles } = await underLoad({
    meanwhile: async ({ relay, amidTraffic, outcomesAreLost }) => {
      const children = Object.values(relay.run.processes)
      expect(children).toHaveLength(5)
      const ended = await amidTraffic(() => relay.stop('SIGKILL'))
      expect(ended).toMatchObject({ signal: 'SIGKILL' })
      expect(children.filter(isAlive)).toEqual([])
      outcomesAreLost()
      await relay.start()
    },
  })
  expect(verdict).toMatchObject({ lost: [], sentAfterRefusal: [], unexplainedCopies: [] })
  expect(troubles).toBeGreaterThan(0)
  expect(ledger).toMatchObject({ open: 0, difference: 0 })
})
