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
  hostSet: provider,
  candidates: [toCandidate(remote.address, remote.port, false)],
  messagesPerConnection: 2,
  idleMs: 1000,
})

/** The slot, null where there is none now. */
function take(slots: Slots, target: HostsTarget): Slot | null {
  const slot = slots.reserve(target)
  return typeof slot === 'string' ? null : slot
}

function slotsWith() {
  const freed: string[] = []
  const rests: string[] = []
  const slots = new Slots({
    pace: createPace(limits),
    connections: limits.connections,
    clock: systemClock,
    onFree: (provider, overAll) => freed.push(overAll ? `${provider} and all` : provider),
    onRest: (hosts, { cause }) => rests.push(`${hosts}: ${cause}`),
  })
  return { slots, freed, rests }
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
    const of = (provider: string) => take(slots, targetOf(remote, provider))
    expect([of('a'), of('a'), of('a')].map((slot) => slot !== null)).toEqual([true, true, false])
    expect([of('b'), of('c')].map((slot) => slot !== null)).toEqual([true, false])
  })

  it('tell who waits when one comes free: the provider, and everybody where all were in use', async () => {
    await using remote = await startRemote()
    const { slots, freed } = slotsWith()
    const held = ['a', 'a', 'b'].map((provider) => take(slots, targetOf(remote, provider)))
    if (held[0]) slots.release(held[0], null)
    take(slots, targetOf(remote, 'c'))
    take(slots, targetOf(remote, 'd'))
    if (held[2]) slots.release(held[2], null)
    expect(freed).toEqual(['a', 'b and all'])
  })

  it('come with the connection that was left open', async () => {
    await using remote = await startRemote()
    const { slots } = slotsWith()
    const slot = take(slots, targetOf(remote, 'a'))
    const connection = await connect(slot)
    if (slot) slots.release(slot, connection)
    expect(take(slots, targetOf(remote, 'a'))?.connection).toBe(connection)
    connection.destroy()
  })

  it('end a connection after its messages, and count it until the host has let go', async () => {
    await using remote = await startRemote()
    const { slots, freed } = slotsWith()
    const target = targetOf(remote, 'a')
    const slot = take(slots, target)
    const connection = await connect(slot)
    connection.messages = target.messagesPerConnection
    take(slots, target)
    if (slot) slots.release(slot, connection)
    expect(take(slots, target)).toBeNull()
    await eventually('the slot comes free', () => (freed.length > 0 ? true : undefined))
    expect(remote.open).toBe(0)
    expect(take(slots, target)).not.toBeNull()
  })

  it('take an idle connection from others when all are in use', async () => {
    await using remote = await startRemote()
    await using other = await startRemote()
    const { slots, freed } = slotsWith()
    const idle = take(slots, targetOf(remote, 'a'))
    if (idle) slots.release(idle, await connect(idle))
    take(slots, targetOf(other, 'b'))
    take(slots, targetOf(other, 'b'))
    freed.length = 0
    expect(take(slots, targetOf(other, 'c'))).toBeNull()
    await eventually('room for all', () => (freed.length > 0 ? true : undefined))
    expect(freed).toEqual(['a and all'])
    expect(take(slots, targetOf(other, 'c'))).not.toBeNull()
  })

  it('come free when an idle connection is lost', async () => {
    await using remote = await startRemote()
    const { slots, freed } = slotsWith()
    const target = targetOf(remote, 'a')
    const slot = take(slots, target)
    if (slot) slots.release(slot, await connect(slot))
    freed.length = 0
    remote.dropAll()
    await eventually('the loss is seen', () => (freed.length > 0 ? true : undefined))
    expect(take(slots, target)?.connection).toBeNull()
  })

  it('end what has been idle for its time, not what has not', async () => {
    await using remote = await startRemote()
    const { slots, freed } = slotsWith()
    const slot = take(slots, targetOf(remote, 'a'))
    if (slot) slots.release(slot, await connect(slot))
    freed.length = 0
    slots.closeIdle(performance.now())
    expect(take(slots, targetOf(remote, 'a'))?.connection).not.toBeNull()
    const [again] = [take(slots, targetOf(remote, 'a'))]
    if (again) slots.release(again, await connect(again))
    slots.closeIdle(performance.now() + 1001)
    await eventually('it is ended', () => (freed.length > 1 ? true : undefined))
    expect(take(slots, targetOf(remote, 'a'))?.connection).toBeNull()
  })

  it('are refused while the hosts rest, and it is told that they do', async () => {
    await using remote = await startRemote()
    const { slots, rests } = slotsWith()
    for (let failures = 0; failures < limits.restAfterFailures; failures++) {
      const slot = take(slots, targetOf(remote, 'a'))
      if (!slot) throw new Error('no slot')
      slots.connectionFailed(slot, 'connection refused')
      slots.release(slot, null)
    }
    expect(slots.reserve(targetOf(remote, 'a'))).toBe('resting')
    expect(rests).toEqual(['a: connection refused'])
  })
})
