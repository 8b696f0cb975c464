import { expect, test } from 'vitest'
import { RedisWatch } from '../../../src/delivery/redis-watch.ts'
import type { RedisTrouble } from '../../../src/redis/check-redis.ts'

/** A watch whose looks at Redis find this, one after the other; the last again and again. */
function watch(...found: (RedisTrouble | null)[]) {
  const logged: string[] = []
  let looks = 0
  const log =
    (level: string) =>
    (fields: object, text: string): void =>
      void logged.push(`${level} ${text}${'reason' in fields ? `: ${String(fields.reason)}` : ''}`)
  const silent = (): void => undefined
  const redis = new RedisWatch({
    redisSocket: '/run/redis.sock',
    log: { debug: silent, info: log('info'), warn: log('warn'), error: log('error') },
    check: () => Promise.resolve(found[Math.min(looks++, found.length - 1)] ?? null),
  })
  const look = async (times: number, inUse: boolean): Promise<void> => {
    for (let time = 0; time < times; time++) await redis.look(inUse)
  }
  return { redis, logged, look, looks: () => looks }
}

const full: RedisTrouble = { words: 'Redis is out of memory', blocks: true }

test('why nothing goes out is logged once for each change, not at each look', async () => {
  const { redis, logged, look } = watch(full, full, full, null)
  await look(3, false)
  expect(redis.trouble).toBe(full.words)
  await look(1, false)
  await look(50, true)
  expect(redis.trouble).toBeNull()
  expect(logged).toEqual([
    'warn Redis can’t be used: nothing is sent: Redis is out of memory',
    'info Redis can be used',
  ])
})

test('a Redis in use is checked now and then, one with trouble each time', async () => {
  const idle = watch(null)
  await idle.look(100, true)
  expect(idle.looks()).toBe(10)
  const troubled = watch(full)
  await troubled.look(100, true)
  expect(troubled.looks()).toBe(100)
  expect(troubled.redis.trouble).toBe(full.words)
})

test('a policy that drops what Redis is given blocks nothing, and is said', async () => {
  const { redis, logged, look } = watch({ words: 'Redis may drop it', blocks: false })
  await look(5, true)
  expect(redis.trouble).toBeNull()
  expect(logged).toEqual(['warn Redis can be used at a risk: Redis may drop it'])
})

test('where the check finds nothing, what went wrong with the lanes is the reason, until there are lanes', async () => {
  const { redis, look } = watch(null)
  redis.failed(new Error("NOPERM this user has no permissions to run the 'evalsha' command"))
  await look(1, false)
  expect(redis.trouble).toMatch(/^Redis forbids what delivery needs/)
  await look(1, true)
  expect(redis.trouble).toBeNull()
})

test('a Redis that is sound and still not in use is said after a while', async () => {
  const { redis, look } = watch(null)
  await look(2, false)
  expect(redis.trouble).toBeNull()
  await look(1, false)
  expect(redis.trouble).toMatch(/could not take it into use/)
})
