import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { checkRedis } from '../../../src/redis/check-redis.ts'
import { tempFolder } from '../../kit/temp-folder.ts'
import { startRedis } from '../queue/redis-server.ts'

const patienceMs = 10_000

describe('a Redis that delivery can work with', () => {
  test('has no trouble, and keeps nothing of the check', async () => {
    await using redis = await startRedis()
    expect(await checkRedis(redis.socketPath, patienceMs)).toBeNull()
    expect(await (await redis.client()).dbsize()).toBe(0)
  })

  test.each(['volatile-lru', 'noeviction'])('may have the policy %s', async (policy) => {
    await using redis = await startRedis()
    await (await redis.client()).config('SET', 'maxmemory-policy', policy)
    expect(await checkRedis(redis.socketPath, patienceMs)).toBeNull()
  })
})

describe('a Redis that answers PING but can not be used is told with the fix:', () => {
  const cases: [string, string[][], RegExp, boolean][] = [
    [
      'out of memory',
      [['CONFIG', 'SET', 'maxmemory', '1']],
      /^Redis is out of memory \(maxmemory 1B, policy noeviction\): .*raise maxmemory/,
      true,
    ],
    [
      'a replica',
      [['REPLICAOF', '127.0.0.1', '1']],
      /^Redis is a replica of 127\.0\.0\.1:1 .*REPLICAOF NO ONE/,
      true,
    ],
    [
      'a replica that takes writes, and loses them',
      [
        ['CONFIG', 'SET', 'replica-read-only', 'no'],
        ['REPLICAOF', '127.0.0.1', '1'],
      ],
      /^Redis is a replica of 127\.0\.0\.1:1 .*REPLICAOF NO ONE/,
      true,
    ],
    [
      'a password',
      [['CONFIG', 'SET', 'requirepass', 'secret']],
      /^Redis wants a password, .*nopass/,
      true,
    ],
    ['an ACL', [['ACL', 'SETUSER', 'default', '-set']], /^Redis forbids what delivery needs/, true],
    [
      'a policy that drops what it is given',
      [['CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru']],
      /^Redis may drop what it is given \(maxmemory-policy allkeys-lru\): set .* noeviction/,
      false,
    ],
  ]
  test.each(cases)('%s', async (_, commands, words, blocks) => {
    await using redis = await startRedis()
    const client = await redis.client()
    for (const [command = '', ...args] of commands) await client.call(command, ...args)
    expect(await checkRedis(redis.socketPath, patienceMs)).toEqual({
      words: expect.stringMatching(words) as string,
      blocks,
    })
  })

  test('stopped', async () => {
    await using redis = await startRedis()
    process.kill(redis.pid, 'SIGSTOP')
    const found = await checkRedis(redis.socketPath, 200)
    process.kill(redis.pid, 'SIGCONT')
    expect(found).toEqual({ words: 'Redis does not answer', blocks: true })
  })
})

/** Something at a socket that says this when it is spoken to. */
async function atSocket(path: string, says: string): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.on('data', () => socket.write(says))
  })
  await new Promise<void>((resolve) => server.listen(path, resolve))
  return server
}

test.each([
  ['-LOADING Redis is loading the dataset in memory\r\n', /still loading/],
  ['-MISCONF Redis is configured to save RDB snapshots\r\n', /can not save to its disk/],
  ['220 not.redis.test ESMTP\r\n', /is no Redis/],
])('what says %j can not be used', async (says, words) => {
  using folder = tempFolder()
  const path = join(folder.path, 's')
  const server = await atSocket(path, says.repeat(5))
  const found = await checkRedis(path, patienceMs)
  expect(found).toEqual({ words: expect.stringMatching(words) as string, blocks: true })
  await new Promise((resolve) => server.close(resolve))
})

test('where nobody listens Redis is away', async () => {
  using folder = tempFolder()
  expect(await checkRedis(join(folder.path, 's'), patienceMs)).toEqual({
    words: expect.stringContaining('Redis is away') as string,
    blocks: true,
  })
})
