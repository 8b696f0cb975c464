import { describe, expect, it } from 'vitest'
import { beginEpoch, dropEpochs, epochStands } from '../../../src/queue/epoch.ts'
import { startRedis } from './redis-server.ts'

const now = 1_800_000_000_000

describe('lanes', () => {
  it('give jobs back in the order in which they came, each once', async () => {
    await using server = await startRedis()
    const lanes = await beginEpoch(await server.client(), 'store', 'one')
    await lanes.add('a.example', [{ message: 1, recipients: [65536] }], now)
    await lanes.add('a.example', [{ message: 2, recipients: [131072, 131073] }], now)
    const taken = [await lanes.take('a.example'), await lanes.take('a.example')]
    expect(taken.map((job) => [job?.message, job?.recipients])).toEqual([
      [1, [65536]],
      [2, [131072, 131073]],
    ])
    expect(await lanes.take('a.example')).toBeNull()
  })

  it('keep destinations apart, also where a name has colons or a percent sign', async () => {
    await using server = await startRedis()
    const lanes = await beginEpoch(await server.client(), 'store', 'one')
    await lanes.add('smtp://h:25', [{ message: 1, recipients: [1] }], now)
    await lanes.add('smtp%3A%2F%2Fh%3A25', [{ message: 2, recipients: [2] }], now)
    expect((await lanes.take('smtp://h:25'))?.message).toBe(1)
    expect((await lanes.take('smtp%3A%2F%2Fh%3A25'))?.message).toBe(2)
  })

  it('finish a job and take the next in one step', async () => {
    await using server = await startRedis()
    const lanes = await beginEpoch(await server.client(), 'store', 'one')
    const work = [1, 2].map((message) => ({ message, recipients: [message] }))
    await lanes.add('a.example', work, now)
    const first = await lanes.take('a.example')
    const second = first && (await lanes.finish(first, true))
    expect(second?.message).toBe(2)
    expect(second && (await lanes.finish(second, true))).toBeNull()
  })

  it('leave nothing in Redis when a lane is forgotten', async () => {
    await using server = await startRedis()
    const redis = await server.client()
    const lanes = await beginEpoch(redis, 'store', 'one')
    const marks = await redis.keys('*')
    await lanes.add('a.example', [{ message: 1, recipients: [1] }], now)
    const job = await lanes.take('a.example')
    if (job) await lanes.finish(job, false)
    expect((await redis.keys('*')).length).toBeGreaterThan(marks.length)
    await lanes.forget('a.example')
    expect(await redis.keys('*')).toEqual(marks)
  })

  it('keep no history of what went through them, however much that was', async () => {
    await using server = await startRedis()
    const redis = await server.client()
    const lanes = await beginEpoch(redis, 'store', 'one')
    const told: number[] = []
    for (let message = 1; message <= 40; message++) {
      await lanes.add('a.example', [{ message, recipients: [message] }], now)
      const job = await lanes.take('a.example')
      if (job) await lanes.finish(job, false)
      const streams = await redis.keys('*:events')
      told.push(streams[0] === undefined ? 0 : await redis.xlen(streams[0]))
    }
    expect(Math.max(...told)).toBeLessThanOrEqual(25)
  })

  it('refuse to finish what Redis has lost', async () => {
    await using server = await startRedis()
    const redis = await server.client()
    const lanes = await beginEpoch(redis, 'store', 'one')
    await lanes.add('a.example', [{ message: 1, recipients: [1] }], now)
    const job = await lanes.take('a.example')
    await redis.flushall()
    await expect(job && lanes.finish(job, false)).rejects.toThrow()
  })

  it('refuse to finish a job of another epoch', async () => {
    await using server = await startRedis()
    const redis = await server.client()
    const before = await beginEpoch(redis, 'store', 'one')
    await before.add('a.example', [{ message: 1, recipients: [1] }], now)
    const job = await before.take('a.example')
    const after = await beginEpoch(redis, 'store', 'two')
    await expect(job && after.finish(job, false)).rejects.toThrow('another epoch')
  })
})

describe('an epoch', () => {
  it('stands until Redis loses its keys', async () => {
    await using server = await startRedis()
    const redis = await server.client()
    const lanes = await beginEpoch(redis, 'store', 'one')
    expect(await epochStands(redis, lanes)).toBe(true)
    await redis.flushall()
    expect(await epochStands(redis, lanes)).toBe(false)
  })

  it('is preceded by the removal of what others of its store left, nothing of other stores or of strangers', async () => {
    await using server = await startRedis()
    const redis = await server.client()
    const old = await beginEpoch(redis, 'store', 'one')
    const neighbour = await beginEpoch(redis, 'store2', 'one')
    const work = [{ message: 1, recipients: [1] }]
    await old.add('a.example', work, now)
    await neighbour.add('a.example', work, now)
    await redis.set('of-somebody-else', '1')
    await dropEpochs(redis, 'store', (step) => step)
    const lanes = await beginEpoch(redis, 'store', 'two')
    await lanes.add('a.example', work, now)
    const keys = await redis.keys('*')
    expect(keys.filter((key) => key.startsWith(old.prefix))).toEqual([])
    expect(keys).toContain('of-somebody-else')
    expect((await lanes.take('a.example'))?.message).toBe(1)
    expect((await neighbour.take('a.example'))?.message).toBe(1)
  })

  it('that could not begin leaves nothing on the connection', async () => {
    await using server = await startRedis()
    const redis = await server.client()
    const listeners = () =>
      redis.eventNames().map((name) => [name, redis.listenerCount(name as string)])
    await beginEpoch(redis, 'store', 'one').then((lanes) => lanes.close())
    const before = listeners()
    await redis.config('SET', 'maxmemory', '1')
    for (let n = 0; n < 3; n++)
      await expect(beginEpoch(redis, 'store', `refused-${n}`)).rejects.toThrow('OOM')
    expect(listeners()).toEqual(before)
  })
})
