import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { askRedis, redisPlan } from '../../../src/app/redis-server.ts'
import { dataPaths } from '../../../src/config/paths.ts'
import { eventually } from '../../kit/facts.ts'
import { tempFolder } from '../../kit/temp-folder.ts'

test('our own Redis answers on its socket, listens nowhere else, and keeps nothing on disk', async () => {
  using folder = tempFolder()
  const paths = dataPaths(folder.path)
  const { command, args } = redisPlan(paths, process.env, 1)
  const redis = spawn(command, args, { stdio: 'ignore' })
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

test('where nobody listens there is no answer', async () => {
  using folder = tempFolder()
  expect(await askRedis(join(folder.path, 'none.sock'), 'PING')).toBeNull()
})
