import type { Socket } from 'node:net'
import { expect, it } from 'vitest'
import { toWork } from '../../../src/delivery/due-finder.ts'
import { Lane } from '../../../src/delivery/lane.ts'
import type { StoreReader } from '../../../src/store/protocol/reader.ts'
import type { Slots } from '../../../src/delivery/slots.ts'
import { placeOfRoute } from '../../../src/destinations/pace.ts'
import { systemClock } from '../../../src/time/clock.ts'
import { eventually, Gate } from '../../kit/facts.ts'
import { startRemote } from '../../kit/remote.ts'
import { startRedis } from '../queue/redis-server.ts'
import { answering, startRawHost } from './client/raw-host.ts'
import { happened, paceLimits } from './running-delivery.ts'
import { haveRest, startDispatcher } from './running-dispatcher.ts'
import { startStoreWithMail, type StoreWithMail } from './store-with-mail.ts'

const acceptMany = (store: StoreWithMail, route: string, messages: number, recipients = 1) =>
  Promise.all(
    Array.from({ length: messages }, () =>
      store.accept(
        Array.from({ length: recipients }, (_, n) => `user-${n}@a.example`),
        { route },
      ),
    ),
  )

/** Smarthosts that have shown what they take have all their connections. */
function prove(slots: Slots<Lane>, route: string): void {
  const lane = new Lane('before', placeOfRoute(route), { class: 1, submitter: 1 })
  lane.isBehind(null)
  slots.enter(lane)
  for (let n = 0; n < 2 * paceLimits.connectionsSmarthost; n++) {
    const slot = slots.next()?.slot
    if (!slot) throw new Error('no turn')
    slot.greeted()
    slots.connectionWorked(slot)
    slots.messageAccepted(slot)
    slots.release(slot, null)
  }
  slots.leave(lane)
}

it('a lane that is filled from the store has all its connections before its first job has ended', async () => {
  await using store = await startStoreWithMail()
  await using redis = await startRedis()
  const gate = new Gate()
  let atGate = 0
  const dot = async () => {
    atGate++
    await gate.pass()
    return '250 ok'
  }
  await using remote = await startRemote({ dot })
  await acceptMany(store, remote.route, 10)
  await using running = await startDispatcher(store, redis, paceLimits)
  prove(running.slots, remote.route)
  running.dispatcher.start()
  await eventually('all connections carry a message', () =>
    atGate === paceLimits.connectionsSmarthost ? true : undefined,
  )
  gate.open()
  await remote.untilAccepted(10)
})

it('a connection carries the next message while the outcome of the last one waits for the disk', async () => {
  await using store = await startStoreWithMail()
  await using redis = await startRedis()
  await using remote = await startRemote()
  await acceptMany(store, remote.route, 3)
  const one = { ...paceLimits, connectionsSmarthost: 1 }
  await using running = await startDispatcher(store, redis, one)
  const disk = (running.client.settles = new Gate())
  running.dispatcher.start()
  await remote.untilAccepted(3)
  expect(remote.connections).toBe(1)
  disk.open()
})

it('hosts have taken a thousand recipients at most, and what is on its way, of which the store has not recorded it', async () => {
  await using store = await startStoreWithMail()
  await using redis = await startRedis()
  await using remote = await startRemote()
  await acceptMany(store, remote.route, 15, 100)
  const one = { ...paceLimits, connectionsSmarthost: 1 }
  await using running = await startDispatcher(store, redis, one)
  const disk = (running.client.settles = new Gate())
  running.dispatcher.start()
  await remote.untilAccepted(10)
  const turn = await eventually('a turn that nobody takes', () => running.slots.next() ?? undefined)
  expect(remote.accepted).toHaveLength(10)
  running.slots.release(turn.slot, turn.slot.connection)
  disk.open()
  await remote.untilAccepted(15)
})

it('a store that lets nothing begin is asked once a second by a connection, and all is sent once it does', async () => {
  await using store = await startStoreWithMail()
  await using redis = await startRedis()
  await using remote = await startRemote()
  await acceptMany(store, remote.route, 150)
  const one = { ...paceLimits, connectionsSmarthost: 1 }
  await using running = await startDispatcher(store, redis, one)
  const { client, dispatcher } = running
  client.refuses = true
  dispatcher.start()
  const [first = 0, second = 0, third = 0] = await eventually('three refusals', () =>
    client.refusedAt.length >= 3 ? client.refusedAt : undefined,
  )
  // Give or take what a timer does
  expect(Math.min(second - first, third - second)).toBeGreaterThan(990)
  client.refuses = false
  await remote.untilAccepted(150)
})

it('mail for hosts at rest is sent when the rest ends, whatever came meanwhile', async () => {
  await using store = await startStoreWithMail()
  await using redis = await startRedis()
  await using remote = await startRemote()
  await using running = await startDispatcher(store, redis, { ...paceLimits, restAfterFailures: 1 })
  const { dispatcher, slots } = running
  dispatcher.start()
  const place = placeOfRoute(remote.route)
  haveRest(slots, place)
  await acceptMany(store, remote.route, 10)
  const { due } = await store.reader.dueInLane(remote.route, systemClock.now(), new Map(), 100)
  const work = toWork(due).map((one) => ({ ...one, why: 'accepted' as const }))
  expect(work).toHaveLength(10)
  dispatcher.onDue({ kind: 'due', work, more: false })
  slots.endRest(place.hostSet)
  dispatcher.give()
  await remote.untilAccepted(10)
})

it('a host that does not let go after QUIT keeps its slot until it does', async () => {
  await using store = await startStoreWithMail()
  await using redis = await startRedis()
  const open = new Set<Socket>()
  let mostOpen = 0
  const putsOff = answering({ EHLO: '250 raw.test\r\n', MAIL: '250 ok\r\n', RCPT: '450 later\r\n' })
  await using raw = await startRawHost((socket) => {
    open.add(socket)
    mostOpen = Math.max(mostOpen, open.size)
    socket.on('close', () => open.delete(socket))
    putsOff(socket)
  })
  await acceptMany(store, `smtp://127.0.0.1:${raw.port}`, 2)
  const one = { ...paceLimits, connectionsSmarthost: 1 }
  await using running = await startDispatcher(store, redis, one)
  running.dispatcher.start()
  for (const count of [1, 2]) {
    await happened(store, 'deferred', count)
    for (const socket of open) socket.destroy()
  }
  expect(mostOpen).toBe(1)
})

it('a lane that could not be filled is found again', async () => {
  await using store = await startStoreWithMail()
  await using redis = await startRedis()
  await using remote = await startRemote()
  await acceptMany(store, remote.route, 3)
  let faults = 1
  const reader = Object.assign(Object.create(store.reader) as StoreReader, {
    dueInLane: (...asked: Parameters<StoreReader['dueInLane']>) =>
      faults-- > 0 ? Promise.reject(new Error('a fault')) : store.reader.dueInLane(...asked),
  })
  await using running = await startDispatcher(store, redis, paceLimits, { reader })
  const { dispatcher } = running
  dispatcher.start()
  const waking = setInterval(() => dispatcher.wake(), 20)
  await remote.untilAccepted(3).finally(() => clearInterval(waking))
})

it('a retry that is told of in the moment in which the outcome of the last try comes in is looked for', async () => {
  await using store = await startStoreWithMail()
  await using redis = await startRedis()
  await using remote = await startRemote({ rcpt: '450 later' })
  await acceptMany(store, remote.route, 1)
  let fetched = 0
  const reader = Object.assign(Object.create(store.reader) as StoreReader, {
    dueInLane: (...asked: Parameters<StoreReader['dueInLane']>) => {
      fetched++
      return store.reader.dueInLane(...asked)
    },
  })
  await using running = await startDispatcher(store, redis, paceLimits, { reader })
  const { dispatcher, client } = running
  const disk = (client.settles = new Gate())
  dispatcher.start()
  await disk.reached()
  const { due } = await store.reader.dueInLane(remote.route, systemClock.now(), new Map(), 10)
  const work = toWork(due).map((one) => ({ ...one, why: 'retried' as const }))
  expect(work).toHaveLength(1)
  dispatcher.onDue({ kind: 'due', work, more: false })
  const before = fetched
  disk.open()
  await eventually('the lane is fetched', () => (fetched > before ? true : undefined))
})
