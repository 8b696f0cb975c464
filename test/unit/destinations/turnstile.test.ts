import { expect, test } from 'vitest'
import { Turnstile } from '../../../src/destinations/turnstile.ts'

const never = 60 * 60 * 1000

/** Work that says when it begins, and ends when told. */
function work(name: string, begun: string[]) {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const begins = Promise.withResolvers<undefined>()
  const run = () => {
    begun.push(name)
    begins.resolve(undefined)
    return promise
  }
  return {
    run,
    begins: begins.promise,
    end: () => resolve(name),
    fail: () => reject(new Error(name)),
  }
}

test('lets in so many, and the next in order when one has ended or failed', async () => {
  const turnstile = new Turnstile({ places: 2, slowAfterMs: never })
  const begun: string[] = []
  const [a, b, c, d] = [work('a', begun), work('b', begun), work('c', begun), work('d', begun)]
  const ends = [a, b, c, d].map(({ run }) => turnstile.pass(run))
  await b.begins
  expect(begun).toEqual(['a', 'b'])
  b.fail()
  await c.begins
  expect(begun).toEqual(['a', 'b', 'c'])
  a.end()
  await d.begins
  c.end()
  d.end()
  expect((await Promise.allSettled(ends)).map(({ status }) => status)).toEqual([
    'fulfilled',
    'rejected',
    'fulfilled',
    'fulfilled',
  ])
})

test('gives the place of the slow to the next, once', async () => {
  const turnstile = new Turnstile({ places: 1, slowAfterMs: 1 })
  const begun: string[] = []
  const [slow, next] = [work('slow', begun), work('next', begun)]
  const ends = [slow, next].map(({ run }) => turnstile.pass(run))
  await next.begins
  slow.end()
  next.end()
  expect(await Promise.all(ends)).toEqual(['slow', 'next'])

  const after = [work('x', begun), work('y', begun)] as const
  const endsAfter = after.map(({ run }) => turnstile.pass(run))
  await after[0].begins
  expect(begun).toEqual(['slow', 'next', 'x'])
  for (const { end } of after) end()
  await Promise.all(endsAfter)
})
