import { expect, it } from 'vitest'
import { day, hour, systemClock } from '../../../src/time/clock.ts'
import { RelayClock } from '../../../src/time/relay-clock.ts'
import { eventually } from '../../kit/facts.ts'
import { startRemote } from '../../kit/remote.ts'
import { startRedis } from '../queue/redis-server.ts'
import { eventsOf, happened, landed, startDelivery } from './running-delivery.ts'
import { startStoreWithMail } from './store-with-mail.ts'

it('tries and gives up nothing by a jump of the clock, sends new mail, and acts once it is accepted', async () => {
  const machine = {
    aheadMs: 0,
    now: () => systemClock.now() + machine.aheadMs,
    elapsedMs: () => systemClock.elapsedMs(),
  }
  await using store = await startStoreWithMail(machine)
  await using redis = await startRedis()
  await using remote = await startRemote({
    rcpt: (line) => (line.includes('later@') ? '450 4.2.1 later' : '250 ok'),
  })
  const clock = new RelayClock(machine)
  const follow = async () => clock.follow(await store.reader.clock())
  await using running = await startDelivery(store, redis, { clock })
  const { route } = remote
  await store.accept(['later@a.example'], { route, lifetimeMs: 2 * day })
  await happened(store, 'deferred', 1)

  machine.aheadMs = 90 * day
  await happened(store, 'clock_jumped', 1)
  await follow()
  await store.accept(['new@a.example'], { route })
  await happened(store, 'delivered', 1)
  expect((await eventsOf(store)).filter((event) => event === 'deferred')).toHaveLength(1)
  expect(clock.now()).toBeLessThan(systemClock.now() + hour)

  await store.client.send({ kind: 'accept-clock' })
  await eventually('delivery to hear of it', async () => {
    await follow()
    return clock.aheadMs === 0 ? true : undefined
  })
  await happened(store, 'expired', 1)
  await landed(running)
})
