import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startRedis } from '../kit/redis-server.ts'
import { startRelay } from '../kit/relay.ts'
import { tempFolder } from '../kit/temp-folder.ts'

test('with a Redis that is not there mail is accepted and waits; it goes when Redis comes, and waits again', async () => {
  using folder = tempFolder()
  const socket = join(folder.path, 'redis.sock')
  await using relay = await startRelay({ settings: { redis: { socket } } })
  await using client = await relay.smtp()
  expect(await client.submit({ to: 'user@dest.test' })).toMatch(/^250 /)
  const { status, body } = await relay.api('/readyz', { key: null })
  expect({ status, body }).toMatchObject({ status: 200, body: { status: 'degraded' } })
  expect(await relay.summary()).toEqual({ accepted: 1 })

  await using redis = await startRedis(socket)
  await relay.until({ delivered: 1 })
  await redis.kill()
  expect(await client.submit({ to: 'user@dest.test' })).toMatch(/^250 /)
  expect(await relay.summary()).toEqual({ accepted: 2, delivered: 1 })
})
