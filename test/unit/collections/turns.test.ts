import { expect, test } from 'vitest'
import { Turns } from '../../../src/collections/turns.ts'

/** Work that ends when it is told to. */
function works(turns: Turns) {
  const begun: string[] = []
  const ends = new Map<string, () => void>()
  const begin = (kind: string, name: string): Promise<void> =>
    turns.take(kind, () => {
      begun.push(name)
      return new Promise<void>((resolve) => ends.set(name, resolve))
    })
  return { begun, begin, end: (name: string) => ends.get(name)?.() }
}

test('a few of a kind work at a time, the others in order after them; another kind waits for none of them', async () => {
  const { begun, begin, end } = works(new Turns({ atOnce: 2 }))
  const first = begin('a', 'a1')
  for (const name of ['a2', 'a3', 'a4']) void begin('a', name)
  void begin('b', 'b1')
  expect(begun).toEqual(['a1', 'a2', 'b1'])
  end('a1')
  await first
  await Promise.resolve()
  expect(begun).toEqual(['a1', 'a2', 'b1', 'a3'])
})

test('what is aborted while it waits leaves the line; what works goes on and keeps its place', async () => {
  const turns = new Turns({ atOnce: 1 })
  const { begun, begin, end } = works(turns)
  const abort = new AbortController()
  const first = begin('a', 'a1')
  const given = turns.take('a', () => Promise.resolve('worked'), abort.signal)
  void begin('a', 'a3')
  abort.abort(new Error('nobody waits'))
  await expect(given).rejects.toThrow('nobody waits')
  await expect(turns.take('a', () => Promise.resolve('worked'), abort.signal)).rejects.toThrow(
    'nobody waits',
  )
  expect(begun).toEqual(['a1'])
  end('a1')
  await first
  await Promise.resolve()
  expect(begun).toEqual(['a1', 'a3'])
})

test('work that fails gives its place to the next', async () => {
  const turns = new Turns({ atOnce: 1 })
  const failing = turns.take('a', () => Promise.reject(new Error('x')))
  const next = turns.take('a', () => Promise.resolve('done'))
  await expect(failing).rejects.toThrow('x')
  expect(await next).toBe('done')
})

/** Work that says when it begins. */
function work(name: string, begun: string[]) {
  const { promise, resolve } = Promise.withResolvers<string>()
  const begins = Promise.withResolvers<undefined>()
  const run = () => {
    begun.push(name)
    begins.resolve(undefined)
    return promise
  }
  return { run, begins: begins.promise, end: () => resolve(name) }
}

test('the place of slow work goes to the next, once', async () => {
  const turns = new Turns({ atOnce: 1, slowAfterMs: 1 })
  const begun: string[] = []
  const [slow, next] = [work('slow', begun), work('next', begun)]
  const ends = [slow, next].map(({ run }) => turns.take('a', run))
  await next.begins
  slow.end()
  next.end()
  expect(await Promise.all(ends)).toEqual(['slow', 'next'])

  const after = [work('x', begun), work('y', begun)] as const
  const endsAfter = after.map(({ run }) => turns.take('a', run))
  await after[0].begins
  expect(begun).toEqual(['slow', 'next', 'x'])
  for (const { end } of after) end()
  await Promise.all(endsAfter)
})
