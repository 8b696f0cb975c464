import { once } from 'node:events'
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { redisPlan } from '../../../src/app/redis-server.ts'
import { dataPaths } from '../../../src/config/paths.ts'
import { askRedis } from '../../../src/redis/ask-redis.ts'
import { spawnForTest } from '../../kit/child.ts'
import { eventually } from '../../kit/facts.ts'
import { tempFolder } from '../../kit/temp-folder.ts'

test('our own Redis answers on its socket, listens nowhere else, and keeps nothing on disk', async () => {
  using folder = tempFolder()
  const paths = dataPaths(folder.path)
  const { command, args } = redisPlan(paths, process.env)
  const redis = spawnForTest(command, args, { stdio: 'ignore' })
  const gone = once(redis, 'exit')
  try {
    await eventually('an answer', async () =>
      (await askRedis(paths.redisSocket, 'PING')) === '+PONG' ? true : undefined,
    )
    expect(args.join(' ')).toContain('--port 0')
  } finally {
    await askRedis(paths.redisSocket, 'SHUTDOWN NOSAVE')
    await gone
  }
  expect(existsSync(paths.redisSocket)).toBe(false)
  expect(readdirSync(paths.redisDir)).toEqual([])
})

test('a dump that lies in the folder of our own Redis is not loaded, and does not keep it from starting', async () => {
  using folder = tempFolder()
  const paths = dataPaths(folder.path)
  const { command, args } = redisPlan(paths, process.env)
  writeFileSync(join(paths.redisDir, 'dump.rdb'), 'REDIS9999 of a Redis that is yet to come')
  const redis = spawnForTest(command, args, { stdio: 'ignore' })
  const gone = once(redis, 'exit')
  try {
    await eventually('an answer', async () => {
      if (redis.exitCode !== null) throw new Error('it ended')
      return (await askRedis(paths.redisSocket, 'PING')) === '+PONG' ? true : undefined
    })
  } finally {
    await askRedis(paths.redisSocket, 'SHUTDOWN NOSAVE')
    await gone
  }
})
