import { expect, it } from 'vitest'
import { toWork } from '../../../src/delivery/due-finder.ts'
import type { HostsAnswer } from '../../../src/destinations/hosts-answer.ts'
import { placeOfRoute, type Place } from '../../../src/destinations/pace.ts'
import { undeliverable } from '../../../src/destinations/undeliverable.ts'
import type { HostsResolver } from '../../../src/destinations/resolve-hosts.ts'
import type { PushedWork } from '../../../src/store/protocol/commands.ts'
import { hour, systemClock } from '../../../src/time/clock.ts'
import { startRemote, type Remote } from '../../kit/remote.ts'
import { startRedis } from '../queue/redis-server.ts'
import { paceLimits } from './running-delivery.ts'
import { haveRest, startDispatcher } from './running-dispatcher.ts'
import { startStoreWithMail, type StoreWithMail } from './store-with-mail.ts'

const limits = { ...paceLimits, restAfterFailures: 1, restMs: hour }

const laneOf = (name: string): string => `hosts:mx.${name}`
const placeOf = (name: string): Place => ({ provider: `mx.${name}`, hostSet: laneOf(name) })

/** DNS that knows the hosts of these destinations already: each remote is the only host of `<name>.example`. */
function resolverOf(remotes: Record<string, Remote>): HostsResolver {
  const answers = Object.entries(remotes).map(([name, { port }]): [string, HostsAnswer] => [
    `${name}.example`,
    {
      kind: 'hosts',
      place: { provider: `mx.${name}`, hostSet: `mx.${name}` },
      inOrder: () => [{ name: `mx.${name}`, addresses: ['127.0.0.1'], port }],
    },
  ])
  const known = new Map(answers)
  return {
    known: (destination) => known.get(destination) ?? null,
    lookUp: (destination) =>
      Promise.resolve(known.get(destination) ?? undeliverable.noSuchDomain(destination)),
    close: () => undefined,
  }
}

/** A dispatcher with a store of its own, of which the hosts of these destinations are known. */
async function startFor(remotes: Record<string, Remote>) {
  await using stack = new AsyncDisposableStack()
  const store = stack.use(await startStoreWithMail())
  const redis = stack.use(await startRedis())
  const resolver = resolverOf(remotes)
  const { dispatcher, slots } = stack.use(await startDispatcher(store, redis, limits, { resolver }))
  const started = stack.move()
  return { store, dispatcher, slots, [Symbol.asyncDispose]: () => started.disposeAsync() }
}

/** Accepts a message for each of these destinations, which are known to be served by their hosts. */
async function acceptFor(store: StoreWithMail, ...names: string[]): Promise<void> {
  const placements = names.map((name) => ({
    destination: `${name}.example`,
    lane: laneOf(name),
    provider: `mx.${name}`,
    recipients: [],
  }))
  await store.client.send({ kind: 'place', placements })
  for (const name of names) await store.accept([`user@${name}.example`])
}

/** What the store would push of the mail in this lane. */
async function pushed(
  { reader }: StoreWithMail,
  lane: string,
  why: PushedWork['why'],
): Promise<PushedWork> {
  const { due } = await reader.dueInLane(lane, systemClock.now(), new Map(), 10)
  const [work, ...others] = toWork(due)
  if (!work || others.length > 0) throw new Error(`not one message in ${lane}`)
  return { ...work, why }
}

it('a retry ends the rest of all hosts that it names, MX hosts and smarthosts, and of no others', async () => {
  await using asked = await startRemote()
  await using smarthost = await startRemote()
  await using other = await startRemote()
  await using running = await startFor({ asked, other })
  const { store, dispatcher, slots } = running
  dispatcher.start()
  await acceptFor(store, 'asked', 'other')
  await store.accept(['user@far.example'], { route: smarthost.route })
  const work = [
    await pushed(store, laneOf('other'), 'accepted'),
    await pushed(store, laneOf('asked'), 'retried'),
    await pushed(store, smarthost.route, 'retried'),
  ]
  const places = [placeOf('asked'), placeOfRoute(smarthost.route)]
  for (const place of [...places, placeOf('other')]) haveRest(slots, place)
  dispatcher.onDue({ kind: 'due', work, more: false })
  for (const { hostSet } of places) expect(slots.restOf(hostSet)).toBeNull()
  await Promise.all([asked.untilAccepted(1), smarthost.untilAccepted(1)])
  expect(slots.restOf(laneOf('other'))).toMatchObject({ cause: 'connection refused' })
  expect(other.connections).toBe(0)
})

it.each([
  ['new mail', 'accepted'],
  ['a release or an ended hold', 'released'],
  ['a placement', 'placed'],
  ['mail that was opened again', 'reopened'],
] as const)('%s ends no rest, and mail for other hosts goes on', async (_, why) => {
  await using resting = await startRemote()
  await using well = await startRemote()
  await using running = await startFor({ resting, well })
  const { store, dispatcher, slots } = running
  dispatcher.start()
  await acceptFor(store, 'resting', 'well')
  haveRest(slots, placeOf('resting'))
  const work = [
    await pushed(store, laneOf('resting'), why),
    await pushed(store, laneOf('well'), why),
  ]
  dispatcher.onDue({ kind: 'due', work, more: false })
  await well.untilAccepted(1)
  expect(slots.restOf(laneOf('resting'))).toMatchObject({ cause: 'connection refused' })
  expect(resting.connections).toBe(0)
})

it('a push that only says that there is more has it looked for, and ends no rest', async () => {
  await using resting = await startRemote()
  await using well = await startRemote()
  await using running = await startFor({ resting, well })
  const { store, dispatcher, slots } = running
  haveRest(slots, placeOf('resting'))
  // The look that a start begins with is over when what it found is sent
  await acceptFor(store, 'well')
  dispatcher.start()
  await well.untilAccepted(1)
  // Both lanes are on one page, so that the resting one is gone through when mail of the other is sent
  await acceptFor(store, 'resting', 'well')
  dispatcher.onDue({ kind: 'due', work: [], more: true })
  const waking = setInterval(() => dispatcher.wake(), 20)
  await well.untilAccepted(2).finally(() => clearInterval(waking))
  expect(slots.restOf(laneOf('resting'))).toMatchObject({ cause: 'connection refused' })
  expect(resting.connections).toBe(0)
})
