import { expect, test } from 'vitest'
import type { LoginOrigin } from '../../../src/accounts/login-line.ts'
import { LoginTurns } from '../../../src/accounts/login-turns.ts'
import { soon } from '../../kit/facts.ts'

const minute = 60_000
const other = (widerNetwork: string): LoginOrigin => ({ widerNetwork, isKnown: false })

/** Checks that end when they are told to. */
function checks({ atOnce = 2, longestWaitMs = minute } = {}) {
  const turns = new LoginTurns({ atOnce, longestWaitMs, failuresOf: () => 0 })
  const begun: string[] = []
  const ends = new Map<string, () => void>()
  const never = new AbortController().signal
  const take = (name: string, client: string, network: string, signal = never): Promise<string> =>
    turns.take(
      client,
      other(network),
      () => {
        begun.push(name)
        return new Promise((resolve) => ends.set(name, () => resolve(name)))
      },
      signal,
    )
  const end = async (name: string): Promise<void> => {
    const before = begun.length
    ends.get(name)?.()
    await soon(`a check after ${name}`, () => begun.length > before)
  }
  return { begun, take, end, ends }
}

test('a few checks go on at a time, of one client two; a client that comes waits for one of each network', async () => {
  const { begun, take, end } = checks({ atOnce: 3 })
  for (const n of [1, 2, 3, 4]) void take(`a${n}`, 'a', 'wide')
  for (const n of [1, 2, 3]) void take(`b${n}`, `b-${n}`, 'wide')
  await soon('three checks', () => begun.length === 3)
  expect(begun).toEqual(['a1', 'a2', 'b1'])
  void take('c1', 'c', 'other')
  await end('a1')
  await end('b1')
  expect(begun).toEqual(['a1', 'a2', 'b1', 'b2', 'c1'])
})

test('a login that is given up leaves the line and is never begun; its place is nobody’s', async () => {
  const { begun, take, ends } = checks({ atOnce: 1 })
  const gone = new AbortController()
  const first = take('a', 'a', 'a')
  const given = [
    take('b', 'b', 'b', gone.signal),
    take('b again', 'b', 'b', gone.signal),
    take('b behind itself', 'b', 'b', gone.signal),
  ]
  const last = take('c', 'c', 'c')
  gone.abort(new Error('the client is gone'))
  const ended = await Promise.allSettled([...given, take('b late', 'b', 'b', gone.signal)])
  expect(ended).toEqual(
    Array(4).fill({ status: 'rejected', reason: new Error('the client is gone') }),
  )
  ends.get('a')?.()
  expect(await first).toBe('a')
  await soon('the last one', () => ends.has('c'))
  ends.get('c')?.()
  expect(await last).toBe('c')
  expect(begun).toEqual(['a', 'c'])
})

test('a login whose turn does not come in time leaves; one that has begun is not hurried', async () => {
  const { begun, take, ends } = checks({ atOnce: 1, longestWaitMs: 20 })
  const first = take('a', 'a', 'a')
  await expect(take('b', 'b', 'b')).rejects.toThrow('no turn within 20 ms')
  await expect(take('b again', 'b', 'b')).rejects.toThrow('no turn within 20 ms')
  expect(begun).toEqual(['a'])
  ends.get('a')?.()
  expect(await first).toBe('a')
})

test('a check that fails gives its place to the next', async () => {
  const turns = new LoginTurns({ atOnce: 1, longestWaitMs: minute, failuresOf: () => 0 })
  const { signal } = new AbortController()
  const fails = turns.take('a', other('a'), () => Promise.reject(new Error('x')), signal)
  const next = turns.take('b', other('b'), () => Promise.resolve('done'), signal)
  await expect(fails).rejects.toThrow('x')
  expect(await next).toBe('done')
})
