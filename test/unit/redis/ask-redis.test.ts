import { join } from 'node:path'
import { expect, test } from 'vitest'
import { askRedis } from '../../../src/redis/ask-redis.ts'
import { startRedis } from '../../kit/redis-server.ts'
import { tempFolder } from '../../kit/temp-folder.ts'

test('a Redis that listens answers a word', async () => {
  using folder = tempFolder()
  const socket = join(folder.path, 'redis.sock')
  await using redis = await startRedis(socket)
  expect(await askRedis(socket, 'PING')).toBe('+PONG')
  await redis.kill()
  expect(await askRedis(socket, 'PING')).toBeNull()
})

test('where nobody listens there is no answer', async () => {
  using folder = tempFolder()
  expect(await askRedis(join(folder.path, 'none.sock'), 'PING')).toBeNull()
})
