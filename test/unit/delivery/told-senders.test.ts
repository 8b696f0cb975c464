import { describe, expect, it } from 'vitest'
import { Lane } from '../../../src/delivery/lane.ts'
import { minute, second } from '../../../src/time/clock.ts'
import type { MailSource } from '../../../src/words/due.ts'
import { SimulatedHosts } from './simulated-hosts.ts'
import { SimulatedLane } from './simulated-lane.ts'

const a: MailSource = { class: 1, submitter: 1 }
const b: MailSource = { class: 1, submitter: 2 }
const c: MailSource = { class: 1, submitter: 3 }
const healthy = { greetsAfterMs: 5, takesMs: () => 50 }

const laneFor = (source: MailSource): Lane =>
  new Lane('hosts:a', { provider: 'p', hostSet: 'a' }, source)

describe('whose mail waits in a lane', () => {
  it('is told as it was found, before any of it is in a job', () => {
    const lane = laneFor(a)
    for (const source of [a, b, b]) lane.isBehind(source)
    expect(lane.senders).toEqual([a, b])
    lane.added(lane.lineFor(c), 1)
    expect(lane.senders).toEqual([c, a, b])
  })

  it('is told for its class: transactional mail comes first', () => {
    const lane = laneFor(a)
    const transactional = { class: 0, submitter: 2 } as const
    lane.added(lane.lineFor(a), 1)
    lane.isBehind(transactional)
    expect(lane.senders).toEqual([transactional, a])
  })

  it('is told no more once a turn was granted for it', () => {
    const lane = laneFor(a)
    lane.added(lane.lineFor(a), 1)
    lane.isBehind(b)
    const promised = [lane.promiseTurn(b), lane.promiseTurn(a)]
    expect(lane.isToBeFilledFor(b)).toBe(true)
    lane.catchUp()
    expect(lane.senders).toEqual([])
    // There was none of it, and the other sender may have no place
    expect(lane.next(b, ({ submitter }) => submitter === b.submitter)).toBeNull()
    for (const line of promised) lane.turnCame(line)
    expect(lane.senders).toEqual([a])
  })

  it('is told again where a line has run dry while the store has more', () => {
    const lane = laneFor(a)
    lane.added(lane.lineFor(a), 60)
    lane.added(lane.lineFor(b), 1)
    lane.isBehind(null)
    expect(lane.isToBeFilledFor(b)).toBe(false)
    expect(lane.next(b, () => true)?.line.owner).toEqual(b)
    expect(lane.senders).toEqual([a, b])
    expect(lane.isToBeFilledFor(b)).toBe(true)
  })
})

describe('the job of a turn', () => {
  it('is of the sender that it was granted for, of another only where that may have it', () => {
    const lane = laneFor(a)
    for (const source of [a, b, c]) lane.added(lane.lineFor(source), 2)
    const mayBeOf =
      (to: MailSource) =>
      ({ submitter }: MailSource) =>
        submitter === to.submitter
    const next = (source: MailSource, other: MailSource) =>
      lane.next(source, (to) => mayBeOf(source)(to) || mayBeOf(other)(to))?.line.owner
    expect([next(b, a), next(b, a), next(b, c), next(b, b)]).toEqual([b, b, c, undefined])
  })

  it('is transactional before bulk', () => {
    const lane = laneFor(a)
    lane.added(lane.lineFor(a), 1)
    lane.added(lane.lineFor({ class: 0, submitter: 1 }), 1)
    expect(lane.next(a, () => true)?.line.owner.class).toBe(0)
  })
})

it('mail in lanes that were found for two senders goes though one of them has all that he may have', () => {
  const hosts = new SimulatedHosts()
  const slow = { greetsAfterMs: 20, takesMs: () => 9 * minute, decides: true } as const
  const inStore = new Map<SimulatedLane, MailSource[]>()
  hosts.fill = (lane) => {
    lane.lane.catchUp()
    for (const source of inStore.get(lane) ?? []) lane.add(1, source)
    inStore.delete(lane)
  }
  const found = (name: string, senders: MailSource[]) => {
    const lane = new SimulatedLane(
      { provider: name, hostSet: name },
      senders.includes(b) ? healthy : slow,
    )
    inStore.set(lane, senders)
    for (const source of senders) lane.lane.isBehind(source)
    hosts.enter(lane)
    return lane
  }
  for (let n = 0; n < 400; n++) found(`slow-${n}`, [a])
  const shared = Array.from({ length: 50 }, (_, n) => found(`shared-${n}`, [a, b]))
  for (let n = 400; n < 800; n++) found(`slow-${n}`, [a])
  hosts.give()
  hosts.runUntil(10 * second)
  const begun = shared.flatMap((lane) => lane.begun.filter(({ sender }) => sender === 2))
  expect(begun).toHaveLength(50)
})
