import { expect, test } from 'vitest'
import { abortAfter, orAbort, within } from '../../../src/time/within.ts'

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

test('what is aborted from outside fails with the reason given, before its work begins or after', async () => {
  const outer = new AbortController()
  const told: unknown[] = []
  const work = (signal: AbortSignal): Promise<never> => {
    signal.addEventListener('abort', () => told.push(signal.reason))
    return never
  }
  const waits = orAbort(60_000, 'no answer', work, outer.signal)
  outer.abort(new Error('the client is gone'))
  await expect(waits).rejects.toThrow('the client is gone')
  await expect(orAbort(60_000, 'no answer', work, outer.signal)).rejects.toThrow(
    'the client is gone',
  )
  expect(told).toEqual([new Error('the client is gone')])
})

test('a signal whose wait was ended aborts from outside no more', () => {
  const outer = new AbortController()
  const { signal, end } = abortAfter(60_000, 'no turn', outer.signal)
  end()
  outer.abort()
  expect(signal.aborted).toBe(false)
})
