import { expect, it } from 'vitest'
import { toWork } from '../../../src/delivery/due-finder.ts'
import type { HostsAnswer } from '../../../src/destinations/hosts-answer.ts'
import { undeliverable } from '../../../src/destinations/undeliverable.ts'
import type { HostsResolver } from '../../../src/destinations/resolve-hosts.ts'
import { systemClock } from '../../../src/time/clock.ts'
import { eventually, Gate } from '../../kit/facts.ts'
import { startRemote, type Remote } from '../../kit/remote.ts'
import { startRedis } from '../queue/redis-server.ts'
import { paceLimits } from './running-delivery.ts'
import { startDispatcher } from './running-dispatcher.ts'
import { startStoreWithMail, type StoreWithMail } from './store-with-mail.ts'

const hostsOf = (name: string, port: number): HostsAnswer => ({
  kind: 'hosts',
  place: { provider: name, hostSet: name },
  inOrder: () => [{ name, addresses: ['127.0.0.1'], port }],
})

/** What DNS says now; each destination has to be looked up once. */
function resolverOf(answers: Record<string, HostsAnswer>): HostsResolver {
  const known = new Map<string, HostsAnswer>()
  return {
    known: (destination) => known.get(destination) ?? null,
    lookUp: (destination) => {
      const answer = answers[destination] ?? undeliverable.noSuchDomain(destination)
      known.set(destination, answer)
      return Promise.resolve(answer)
    },
    close: () => undefined,
  }
}

/** A thousand recipients at one destination, and behind them one at another, in the lane of the hosts that both had. */
async function fillLane(store: StoreWithMail): Promise<void> {
  const placements = ['gone.example', 'good.example'].map((destination) => ({
    destination,
    lane: 'hosts:mx.old',
    provider: 'mx.old',
    recipients: [],
  }))
  await store.client.send({ kind: 'place', placements })
  for (let n = 0; n < 10; n++) {
    await store.accept(Array.from({ length: 100 }, (_, at) => `user-${n}-${at}@gone.example`))
  }
  await store.accept(['one@good.example'])
}

const dueInOldLane = async (store: StoreWithMail) =>
  (await store.reader.dueInLane('hosts:mx.old', systemClock.now(), new Map(), 10)).due.length

const good = (remote: Remote) => hostsOf('mx.old', Number(new URL(remote.route).port))

it.each([
  ['has moved to other hosts', hostsOf('mx.new', 9)],
  ['can’t be looked up', undeliverable.lookUpFailed('gone.example', 'MX SERVFAIL')],
])('a backlog whose first destination %s is worked off in one go', async (_, gone) => {
  await using store = await startStoreWithMail()
  await using redis = await startRedis()
  await using remote = await startRemote()
  await fillLane(store)
  const resolver = resolverOf({ 'gone.example': gone, 'good.example': good(remote) })
  await using running = await startDispatcher(store, redis, paceLimits, { resolver })
  running.dispatcher.start()
  await remote.untilAccepted(1)
  await eventually('nothing is due in the lane', async () =>
    (await dueInOldLane(store)) === 0 ? true : undefined,
  )
  expect(remote.accepted).toHaveLength(1)
})

/** A thousand recipients in ten messages to a domain whose look-up fails. */
async function fillGone(store: StoreWithMail) {
  for (let n = 0; n < 10; n++) {
    await store.accept(Array.from({ length: 100 }, (_, at) => `user-${n}-${at}@gone.example`))
  }
  return resolverOf({ 'gone.example': undeliverable.lookUpFailed('gone.example', 'MX SERVFAIL') })
}

async function dueAtGone({ reader }: StoreWithMail) {
  const { due } = await reader.dueInLane('mx:gone.example', systemClock.now(), new Map(), 1000)
  return due
}

it('a backlog that waits for a look-up, and is found after a start, is settled in one go where that fails', async () => {
  await using store = await startStoreWithMail()
  await using redis = await startRedis()
  const resolver = await fillGone(store)
  await using running = await startDispatcher(store, redis, paceLimits, { resolver })
  running.dispatcher.start()
  await eventually('nothing is due', async () => {
    const due = await dueAtGone(store)
    return due.length === 0 ? true : undefined
  })
})

it('a relay that ends does not settle all that can’t be looked up first', async () => {
  await using store = await startStoreWithMail()
  await using redis = await startRedis()
  const resolver = await fillGone(store)
  const running = await startDispatcher(store, redis, paceLimits, { resolver })
  const disk = (running.client.settles = new Gate())
  running.dispatcher.start()
  const pushed = await dueAtGone(store)
  const work = toWork(pushed).map((one) => ({ ...one, why: 'accepted' as const }))
  expect(work.length).toBeGreaterThanOrEqual(9)
  running.dispatcher.onDue({ kind: 'due', work, more: false })
  await disk.reached()
  running.dispatcher.close()
  disk.open()
  await running[Symbol.asyncDispose]()
  const due = await dueAtGone(store)
  expect(due.length).toBeGreaterThanOrEqual(700)
})
