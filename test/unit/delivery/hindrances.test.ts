import { describe, expect, it } from 'vitest'
import { eventually } from '../../kit/facts.ts'
import { startRemote } from '../../kit/remote.ts'
import { startRedis } from '../queue/redis-server.ts'
import {
  eventsOf,
  happened,
  landed,
  paceLimits,
  slotsWith,
  startDelivery,
} from './running-delivery.ts'
import { startStoreWithMail } from './store-with-mail.ts'

describe('what hinders delivery', () => {
  it('is told: which hosts rest, and why, in an event and for as long as they do', async () => {
    await using store = await startStoreWithMail()
    await using redis = await startRedis()
    const dead = await startRemote()
    await dead[Symbol.asyncDispose]()
    const slots = slotsWith({ ...paceLimits, restAfterFailures: 1 })
    await using running = await startDelivery(store, redis, { slots })
    await store.accept(['x@a.example'], { route: dead.route })
    await happened(store, 'hosts_rest', 1)
    await store.accept(['y@a.example'], { route: dead.route })
    const told = await eventually('the store knows', async () => {
      const answer = await store.client.send({ kind: 'in-flight' })
      return answer.kind === 'in-flight' && answer.resting.length > 0 ? answer : undefined
    })
    expect(told).toMatchObject({
      redisTrouble: null,
      resting: [
        { lane: dead.route, until: expect.any(Number) as number, cause: 'connection refused' },
      ],
    })
    const rest = (await store.reader.events(0, 100)).find(({ event }) => event === 'hosts_rest')
    expect(rest?.data).toMatchObject({ hosts: `route:${dead.route}`, cause: 'connection refused' })
    await landed(running)
  })

  it('is told: that Redis is away, and no more when it is back', async () => {
    await using store = await startStoreWithMail()
    await using redis = await startRedis()
    const isAway = async () => {
      const answer = await store.client.send({ kind: 'in-flight' })
      return answer.kind === 'in-flight' && answer.redisTrouble !== null
    }
    process.kill(redis.pid, 'SIGSTOP')
    await using running = await startDelivery(store, redis)
    await eventually('it is told', async () => ((await isAway()) ? true : undefined))
    process.kill(redis.pid, 'SIGCONT')
    await eventually('it is taken back', async () => ((await isAway()) ? undefined : true))
    await landed(running)
  })

  it('is written down when Redis goes and comes back, and mail goes on', async () => {
    await using store = await startStoreWithMail()
    await using redis = await startRedis()
    await using running = await startDelivery(store, redis)
    await store.accept(['x@a.example'], { route: 'sandbox' })
    await happened(store, 'delivered', 1)
    await redis.restart()
    await happened(store, 'redis_back', 1)
    await store.accept(['y@a.example'], { route: 'sandbox' })
    await happened(store, 'delivered', 2)
    expect(await eventsOf(store)).toContain('redis_lost')
    await landed(running)
  })
})
