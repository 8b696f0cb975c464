import { describe, expect, it } from 'vitest'
import { beginEpoch } from '../../../src/queue/epoch.ts'
import { Epochs } from '../../../src/queue/epochs.ts'
import type { Lanes } from '../../../src/queue/lanes.ts'
import { monotonicMs } from '../../../src/time/clock.ts'
import { eventually } from '../../kit/facts.ts'
import { standStill } from '../../kit/stand-still.ts'
import { startRedis } from './redis-server.ts'

/** Epochs that are written down as they come and go. */
function watch(
  socketPath: string,
  onBegin: () => void = () => undefined,
  more: { frozenAfterMs?: number } = {},
) {
  const begun: Lanes[] = []
  const ended: string[] = []
  const failures: string[] = []
  let number = 0
  const newId = () => `epoch-${number++}`
  const epochs = new Epochs(
    { socketPath, storeId: 'store', newId, ...more },
    {
      onBegin: (lanes) => {
        begun.push(lanes)
        onBegin()
      },
      onEnd: (reason) => ended.push(reason),
      onFailure: (error) => failures.push(String(error)),
    },
  )
  const until = (count: number) =>
    eventually(`epoch ${count}`, () => (begun.length >= count ? begun[count - 1] : undefined))
  return { begun, ended, failures, until, [Symbol.dispose]: () => epochs.close(), epochs }
}

describe('epochs', () => {
  it('end when Redis dies and begin anew when it is back', async () => {
    await using server = await startRedis()
    using seen = watch(server.socketPath)
    const first = await seen.until(1)
    await server.restart()
    const second = await seen.until(2)
    expect(second.prefix).not.toBe(first.prefix)
    expect(seen.ended).toHaveLength(1)
  })

  it('that can not begin say why', async () => {
    await using server = await startRedis()
    await (await server.client()).config('SET', 'maxmemory', '1')
    using seen = watch(server.socketPath)
    await eventually('a failure', () => seen.failures[0])
    expect(seen.failures[0]).toMatch(/OOM/)
    expect(seen.begun).toEqual([])
  })

  it('begin in a Redis that the one before had filled to the brim, and leave other stores alone', async () => {
    await using server = await startRedis()
    const redis = await server.client()
    const old = await beginEpoch(redis, 'store', 'old')
    await beginEpoch(redis, 'neighbour', 'one')
    await redis.set(`${old.prefix}:much`, Buffer.alloc(20_000_000))
    const used = Number(/^used_memory:(\d+)/m.exec(await redis.info('memory'))?.[1])
    await redis.config('SET', 'maxmemory', String(used - 5_000_000))
    using seen = watch(server.socketPath)
    await eventually('an epoch, or why there is none', () => seen.begun[0] ?? seen.failures[0])
    expect(seen.failures).toEqual([])
    const prefix = seen.begun[0]?.prefix
    const keys = await redis.keys('*')
    expect(keys.toSorted()).toEqual(['{sluice:neighbour:one}:epoch', `${prefix}:epoch`])
  })

  it('end when Redis was wiped', async () => {
    await using server = await startRedis()
    using seen = watch(server.socketPath)
    await seen.until(1)
    await (await server.client()).flushall()
    await seen.until(2)
    expect(seen.ended).toEqual(['Redis lost what it was given'])
  })

  it('end when Redis is frozen, and begin anew when it thaws', async () => {
    await using server = await startRedis()
    using seen = watch(server.socketPath)
    await seen.until(1)
    process.kill(server.pid, 'SIGSTOP')
    await eventually('the end of the epoch', () => seen.ended[0])
    process.kill(server.pid, 'SIGCONT')
    await seen.until(2)
  })

  it('go on when this process stood still for longer than a frozen Redis is waited for', async () => {
    await using server = await startRedis()
    using seen = watch(server.socketPath, undefined, { frozenAfterMs: 100 })
    await seen.until(1)
    // Each second Redis is looked at: so often that one look falls into each stall
    const until = monotonicMs() + 1500
    while (monotonicMs() < until) {
      standStill(150)
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(seen.ended).toEqual([])
  })

  it('wait for a Redis that is not there yet', async () => {
    await using server = await startRedis()
    process.kill(server.pid, 'SIGKILL')
    using seen = watch(server.socketPath)
    await server.restart()
    await seen.until(1)
  })

  it('begin anew when Redis dies the moment one began', async () => {
    await using server = await startRedis()
    let deaths = 0
    using seen = watch(server.socketPath, () => {
      if (deaths++ === 0) process.kill(server.pid, 'SIGKILL')
    })
    await seen.until(1)
    await server.restart()
    await seen.until(2)
  })

  it('end where their user found them broken, once', async () => {
    await using server = await startRedis()
    using seen = watch(server.socketPath)
    const first = await seen.until(1)
    seen.epochs.fail(first, 'a lane is empty before its time')
    seen.epochs.fail(first, 'a lane is empty before its time')
    await seen.until(2)
    expect(seen.ended).toEqual(['a lane is empty before its time'])
  })
})
