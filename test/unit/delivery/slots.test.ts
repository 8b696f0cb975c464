import { describe, expect, it } from 'vitest'
import { openConnection } from '../../../src/delivery/client/open-connection.ts'
import { Slots, type HostsTarget, type Slot } from '../../../src/delivery/slots.ts'
import { createPace } from '../../../src/destinations/pace.ts'
import { systemClock } from '../../../src/time/clock.ts'
import { eventually } from '../../kit/facts.ts'
import { startRemote, type Remote } from '../../kit/remote.ts'
import { connectTools, toCandidate } from './client/raw-host.ts'

const limits = {
  connections: 3,
  connectionsPerHost: 2,
  connectionsSmarthost: 2,
  restAfterFailures: 2,
  restMs: 60_000,
}

const targetOf = (remote: Remote, provider: string): HostsTarget => ({
  kind: 'hosts',
  provider,
  candidates: [toCandidate(remote.address, remote.port, false)],
  messagesPerConnection: 2,
  idleMs: 1000,
})

function slotsWith() {
  const freed: string[] = []
  const slots = new Slots({
    pace: createPace(limits),
    connections: limits.connections,
    clock: systemClock,
    onFree: (provider, overAll) => freed.push(overAll ? `${provider} and all` : provider),
  })
  return { slots, freed }
}

async function connect(slot: Slot | null) {
  const [candidate] = slot?.target.candidates ?? []
  if (!candidate) throw new Error('no slot')
  const opened = await openConnection(candidate, connectTools())
  if (opened.kind === 'failed') throw new Error(opened.cause)
  return opened.connection
}

describe('slots', () => {
  it('are as many as the provider may have connections, and no more than all may have', async () => {
    await using remote = await startRemote()
    const { slots } = slotsWith()
    const of = (provider: string) => slots.reserve(targetOf(remote, provider))
    expect([of('a'), of('a'), of('a')].map((slot) => slot !== null)).toEqual([true, true, false])
    expect([of('b'), of('c')].map((slot) => slot !== null)).toEqual([true, false])
  })

  it('tell who waits when one comes free: the provider, and everybody where all were in use', async () => {
    await using remote = await startRemote()
    const { slots, freed } = slotsWith()
    const held = ['a', 'a', 'b'].map((provider) => slots.reserve(targetOf(remote, provider)))
    if (held[0]) slots.release(held[0], null)
    slots.reserve(targetOf(remote, 'c'))
    slots.reserve(targetOf(remote, 'd'))
    if (held[2]) slots.release(held[2], null)
    expect(freed).toEqual(['a', 'b and all'])
  })

  it('come with the connection that was left open', async () => {
    await using remote = await startRemote()
    const { slots } = slotsWith()
    const slot = slots.reserve(targetOf(remote, 'a'))
    const connection = await connect(slot)
    if (slot) slots.release(slot, connection)
    expect(slots.reserve(targetOf(remote, 'a'))?.connection).toBe(connection)
    connection.destroy()
  })

  it('end a connection after its messages, and count it until the host has let go', async () => {
    await using remote = await startRemote()
    const { slots, freed } = slotsWith()
    const target = targetOf(remote, 'a')
    const slot = slots.reserve(target)
    const connection = await connect(slot)
    connection.messages = target.messagesPerConnection
    slots.reserve(target)
    if (slot) slots.release(slot, connection)
    expect(slots.reserve(target)).toBeNull()
    await eventually('the slot comes free', () => (freed.length > 0 ? true : undefined))
    expect(remote.open).toBe(0)
    expect(slots.reserve(target)).not.toBeNull()
  })

  it('take an idle connection from others when all are in use', async () => {
    await using remote = await startRemote()
    await using other = await startRemote()
    const { slots, freed } = slotsWith()
    const idle = slots.reserve(targetOf(remote, 'a'))
    if (idle) slots.release(idle, await connect(idle))
    slots.reserve(targetOf(other, 'b'))
    slots.reserve(targetOf(other, 'b'))
    freed.length = 0
    expect(slots.reserve(targetOf(other, 'c'))).toBeNull()
    await eventually('room for all', () => (freed.length > 0 ? true : undefined))
    expect(freed).toEqual(['a and all'])
    expect(slots.reserve(targetOf(other, 'c'))).not.toBeNull()
  })

  it('come free when an idle connection is lost', async () => {
    await using remote = await startRemote()
    const { slots, freed } = slotsWith()
    const target = targetOf(remote, 'a')
    const slot = slots.reserve(target)
    if (slot) slots.release(slot, await connect(slot))
    freed.length = 0
    remote.dropAll()
    await eventually('the loss is seen', () => (freed.length > 0 ? true : undefined))
    expect(slots.reserve(target)?.connection).toBeNull()
  })

  it('end what has been idle for its time, not what has not', async () => {
    await using remote = await startRemote()
    const { slots, freed } = slotsWith()
    const slot = slots.reserve(targetOf(remote, 'a'))
    if (slot) slots.release(slot, await connect(slot))
    freed.length = 0
    slots.closeIdle(performance.now())
    expect(slots.reserve(targetOf(remote, 'a'))?.connection).not.toBeNull()
    const [again] = [slots.reserve(targetOf(remote, 'a'))]
    if (again) slots.release(again, await connect(again))
    slots.closeIdle(performance.now() + 1001)
    await eventually('it is ended', () => (freed.length > 1 ? true : undefined))
    expect(slots.reserve(targetOf(remote, 'a'))?.connection).toBeNull()
  })

  it('are refused while the provider rests', async () => {
    await using remote = await startRemote()
    const { slots } = slotsWith()
    for (let failures = 0; failures < limits.restAfterFailures; failures++) {
      const slot = slots.reserve(targetOf(remote, 'a'))
      if (!slot) throw new Error('no slot')
      slots.connectionFailed(slot)
      slots.release(slot, null)
    }
    expect(slots.reserve(targetOf(remote, 'a'))).toBeNull()
  })
})
