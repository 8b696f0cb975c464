import { expect, test } from 'vitest'
import { orAbort, within } from '../../../src/time/within.ts'

const never = new Promise<never>(() => undefined)

test('what comes in time is the answer, and a failure is a failure', async () => {
  expect(await within(60_000, Promise.resolve('here'))).toBe('here')
  await expect(within(60_000, Promise.reject(new Error('a bug')))).rejects.toThrow('a bug')
  expect(await orAbort(60_000, 'no answer', () => Promise.resolve('here'))).toBe('here')
  await expect(orAbort(60_000, 'no answer', () => Promise.reject(new Error('a bug')))).rejects.toThrow('a bug') // prettier-ignore
})

test('what does not come in time is null', async () => {
  expect(await within(1, never)).toBeNull()
})

test('work that takes too long is told why, and fails as that', async () => {
  const signals: AbortSignal[] = []
  const late = orAbort(1, 'no answer', (signal) => {
    signals.push(signal)
    return never
  })
  await expect(late).rejects.toThrow('no answer within 1 ms')
  expect(signals.map(({ aborted, reason }) => [aborted, String(reason)])).toEqual([
    [true, 'Error: no answer within 1 ms'],
  ])
})

test('work that throws at once fails as work that fails later', async () => {
  const throwing = (): Promise<never> => {
    throw new Error('a bug')
  }
  await expect(orAbort(60_000, 'no answer', throwing)).rejects.toThrow('a bug')
})
