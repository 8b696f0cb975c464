import { expect, it, vi } from 'vitest'
import { Slots } from '../../../src/delivery/slots.ts'
import { minute, monotonicMs, second, systemClock } from '../../../src/time/clock.ts'
import { ListeningTime } from '../../../src/time/listening-time.ts'
import { OwnClock } from '../../kit/own-clock.ts'
import { paceLimits } from './running-delivery.ts'

/** A host that says nothing has the one connection of its provider, and another host of it waits for that. */
function silentHostInTheWay(elapsedMs?: () => number) {
  const cuts: string[] = []
  const slots = new Slots({
    limits: { ...paceLimits, connectionsPerHost: 1 },
    messagesPerConnection: 50,
    onTurn: () => undefined,
    clock: systemClock,
    ...(elapsedMs && { elapsedMs }),
  })
  const senders = [{ class: 1, submitter: 1 }] as const
  slots.enter({ place: { provider: 'p', hostSet: 'silent' }, senders })
  slots.next()?.slot.awaitsGreeting((cause) => cuts.push(cause))
  slots.enter({ place: { provider: 'p', hostSet: 'waiting' }, senders })
  expect(slots.next()).toBeNull()
  return { cuts, slots }
}

it('no host is cut off for silence while this process stood still', () => {
  const { cuts, slots } = silentHostInTheWay()
  const now = monotonicMs()
  const clock = vi.spyOn(performance, 'now').mockReturnValue(now + minute)
  slots.tick()
  slots.next()
  clock.mockRestore()
  expect(cuts).toEqual([])
})

it('a host that goes on with its silence after this process stood still is cut off', () => {
  const clock = new OwnClock()
  const time = new ListeningTime(() => clock.elapsedMs())
  const { cuts, slots } = silentHostInTheWay(() => time.now())
  const pass = (ms: number) => {
    clock.at += ms
    time.beat()
    slots.tick()
  }
  pass(minute)
  for (let gone = 0; gone < 4 * second; gone += 200) pass(200)
  expect(cuts).toEqual([])
  for (let gone = 0; gone < second; gone += 200) pass(200)
  expect(cuts).toEqual(['no greeting within 5 s while other mail waited'])
})
