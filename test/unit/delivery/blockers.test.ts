import { describe, expect, it } from 'vitest'
import { BlockerReport } from '../../../src/delivery/blocker-report.ts'
import type { BlockersChange } from '../../../src/store/protocol/blockers.ts'
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
import { readEvents } from '../../kit/read-events.ts'

/** Rests of which there are so many changes; `told` has the times at which all were to be told. */
function restsWith(changes: number) {
  const rest = (n: number) => ({ hostSet: `h${n}`, until: 5, cause: 'refused' })
  const rests = {
    left: 0,
    takeNews: () => ({ begun: [], work: [] }),
    takeChanges: (limit: number) => {
      const count = Math.min(limit, rests.left)
      rests.left -= count
      const resting = Array.from({ length: count }, (_, n) => rest(n))
      return count > 0 ? { resting, ended: [] } : null
    },
    tellAll: () => (rests.left = changes),
  }
  return rests
}

describe('the report of what blocks delivery', () => {
  it('names all hosts that rest, and all of them again to a store that did not take a part of it', async () => {
    const sent: Pick<BlockersChange, 'afresh' | 'resting'>[] = []
    let isAway = false
    const send = (command: unknown) => {
      if (!isAway) sent.push(command as BlockersChange)
      return isAway ? Promise.reject(new Error('away')) : Promise.resolve({ kind: 'ok' })
    }
    const log = { debug: () => undefined }
    const report = new BlockerReport({ store: { send }, log } as never)
    const rests = restsWith(2500)
    const toldNow = () => {
      report.tell(rests, null)
      return sent.splice(0).map(({ afresh, resting }) => [afresh, resting.length])
    }
    const all = [
      [true, 1000],
      [false, 1000],
      [false, 500],
    ]
    expect(toldNow()).toEqual(all)
    expect(toldNow()).toEqual([])
    isAway = true
    rests.left = 1
    expect(toldNow()).toEqual([])
    isAway = false
    await Promise.resolve()
    expect(toldNow()).toEqual(all)
    report.forget()
    expect(toldNow()).toEqual(all)
  })
})

describe('what blocks delivery', () => {
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
      const answer = await store.client.send({ kind: 'rests', lanes: [dead.route, 'other'] })
      return answer.kind === 'rests' && answer.resting.length > 0 ? answer.resting : undefined
    })
    expect(told).toEqual([
      { lane: dead.route, until: expect.any(Number) as number, cause: 'connection refused' },
    ])
    const rest = (await readEvents(store.reader, 0, 100)).find(
      ({ event }) => event === 'hosts_rest',
    )
    expect(rest?.data).toMatchObject({ hosts: `route:${dead.route}`, cause: 'connection refused' })
    await landed(running)
  })

  it('is told with the whole reply of a host that does not let us in', async () => {
    await using store = await startStoreWithMail()
    await using redis = await startRedis()
    await using unwilling = await startRemote({ banner: '554 5.7.1 not from there' })
    const slots = slotsWith({ ...paceLimits, restAfterFailures: 1 })
    await using running = await startDelivery(store, redis, { slots })
    await store.accept(['x@a.example'], { route: unwilling.route })
    await happened(store, 'hosts_rest', 1)
    const rest = (await readEvents(store.reader, 0, 100)).find(
      ({ event }) => event === 'hosts_rest',
    )
    expect(rest?.data).toMatchObject({ cause: '554 5.7.1 not from there' })
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
    await happened(store, 'redis_recovered', 1)
    await store.accept(['y@a.example'], { route: 'sandbox' })
    await happened(store, 'delivered', 2)
    expect(await eventsOf(store)).toContain('redis_lost')
    await landed(running)
  })
})
