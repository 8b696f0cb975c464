import { Readable } from 'node:stream'
import { afterEach, expect, test, vi } from 'vitest'
import { run } from '../../../src/cli/clock.ts'
import { hour } from '../../../src/time/clock.ts'
import { eventually } from '../../kit/facts.ts'
import { doorForAllTests, type FrontDoor } from '../smtp/front-door.ts'

let door: FrontDoor
doorForAllTests((opened) => (door = opened))
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllEnvs()
})

async function clock(...words: string[]) {
  let err = ''
  const status = await run(words, {
    in: Readable.from([]),
    out: { write: () => true },
    err: { write: (text) => (err += String(text)) },
  })
  return { status, err }
}

test('sluice clock accept has the relay believe a clock that jumped, once it did', async () => {
  for (const [name, value] of Object.entries(door.variables)) vi.stubEnv(name, value)
  expect(await clock('accept')).toEqual({
    status: 0,
    err: 'The clock did not jump; there is nothing to accept.\n',
  })
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 6 * hour })
  await eventually('the jump to be seen', async () => {
    const { aheadMs } = await door.reader.clock()
    return aheadMs === 0 ? undefined : aheadMs
  })
  expect(await clock('accept')).toMatchObject({
    status: 0,
    err: expect.stringMatching(
      /^The clock of this machine is right: Sluice goes (6 h|5 h 59 min) forward/,
    ) as string,
  })
  expect((await door.reader.clock()).aheadMs).toBe(0)
})

test('anything else is not understood', async () => {
  expect((await clock('set')).status).toBe(64)
  expect((await clock()).err).toBe('sluice: clock: accept is missing\nusage: sluice clock accept\n')
})
