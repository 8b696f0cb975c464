import { describe, expect, it } from 'vitest'
import { Away } from '../../../src/delivery/away.ts'
import { DueSorter } from '../../../src/delivery/due-sorter.ts'
import { LaneBook } from '../../../src/delivery/lane-book.ts'
import type { HostsAnswer } from '../../../src/destinations/hosts-answer.ts'
import { LookUps } from '../../../src/destinations/look-ups.ts'
import { createResolver } from '../../../src/destinations/resolve-hosts.ts'
import { beginEpoch } from '../../../src/queue/epoch.ts'
import { systemClock } from '../../../src/time/clock.ts'
import type { DueWork } from '../../../src/words/due.ts'
import { startRedis } from '../queue/redis-server.ts'

/** A sorter whose look-ups are answered by the test alone. */
function sorterWith(rests: (hostSet: string) => boolean = () => false) {
  const settings = { resolver: '127.0.0.1:9', port: 25, ipv6: false, allowPrivate: true }
  const resolver = createResolver(settings)
  const lookUps = new LookUps({
    resolver: { lookUp: () => new Promise(() => undefined) },
    capacity: 130_000,
    onAnswer: () => undefined,
  })
  const book = new LaneBook(systemClock, () => undefined)
  return { book, sorter: new DueSorter({ book, resolver, lookUps, rests }) }
}

let nextMessage = 1
function mail(lane: string, submitter: number, recipients = 1): DueWork {
  const message = nextMessage++
  return {
    message,
    lane,
    provider: null,
    destination: lane.slice(lane.indexOf(':') + 1),
    submitter,
    class: 1,
    recipients: Array.from({ length: recipients }, (_, n) => message * 65536 + n),
  }
}

const smarthost = (name: string): string => `route:smtp://${name}:25`

const hosts: HostsAnswer = {
  kind: 'hosts',
  place: { provider: 'p', hostSet: 'mx.good.example' },
  inOrder: () => [],
}

describe('mail for hosts that are left alone', () => {
  it('waits in the store, and takes no room from mail for others', async () => {
    await using server = await startRedis()
    const { book, sorter } = sorterWith((hostSet) => hostSet.includes('dead'))
    book.begin(await beginEpoch(await server.client(), 'store', 'epoch'))
    for (let n = 0; n < 2500; n++) {
      const lane = sorter.sort(mail(`route:smtp://dead-${n}:25`, 1, 10))
      expect([lane?.jobs, lane?.wantsTurn]).toEqual([0, true])
    }
    const healthy = 'route:smtp://healthy:25'
    const lane = sorter.sort(mail(healthy, 2))
    for (let n = 1; n < 50; n++) sorter.sort(mail(healthy, 2))
    expect([lane?.jobs, lane && book.pageFor(lane)]).toEqual([50, 100])
  })

  it('is put into jobs when it was fetched for a turn', async () => {
    await using server = await startRedis()
    const { book, sorter } = sorterWith(() => true)
    book.begin(await beginEpoch(await server.client(), 'store', 'epoch'))
    const work = mail('route:smtp://a:25', 1)
    expect(sorter.sort(work, new Away(work.lane))?.jobs).toBe(1)
  })
})

describe('room for lanes', () => {
  it('is left by one submitter for others, and is told when it comes back', () => {
    const { book, sorter } = sorterWith()
    const taken = Array.from({ length: 60_000 }, (_, n) =>
      sorter.found(mail(`hosts:dead-${n}`, 1), false),
    )
    expect(taken.filter(Boolean)).toHaveLength(25_000)
    expect(sorter.takeOverflow()).toBeNull()
    expect(sorter.found(mail('hosts:healthy', 2), false)?.wantsTurn).toBe(true)
    // One that is there takes mail of everybody
    expect(sorter.found(mail('hosts:dead-1', 2), false)).toBe(taken[1])
    for (const lane of taken.slice(0, 10)) {
      lane?.catchUp()
      if (lane) book.forgetIfIdle(lane)
    }
    expect(sorter.takeOverflow()).toBe('lanes')
    expect(sorter.takeOverflow()).toBeNull()
    expect(sorter.found(mail('hosts:dead-30000', 1), false)).not.toBeNull()
  })

  it('is taken by those for whom it came back, until all of them were refused again', () => {
    const { book, sorter } = sorterWith()
    const found = (submitter: number) => (n: number) =>
      sorter.found(mail(`hosts:${submitter}-${n}`, submitter), false)
    const many = Array.from({ length: 30_000 }, (_, n) => n)
    const first = many.map(found(1)).filter((lane) => lane !== null)
    many.map(found(2))
    for (const lane of first.slice(0, 20_000)) {
      lane.catchUp()
      book.forgetIfIdle(lane)
    }
    expect(sorter.takeOverflow()).toBe('lanes')
    sorter.left.lookBegins()
    expect(sorter.left.isFullAgain).toBe(false)
    expect(many.map(found(1)).includes(null)).toBe(true)
    expect(sorter.left.isFullAgain).toBe(false)
    expect(many.map(found(2)).includes(null)).toBe(true)
    expect(sorter.left.isFullAgain).toBe(true)
    // What came back during this look is for the next one
    expect(sorter.takeOverflow()).toBeNull()
    for (const lane of first.slice(20_000)) {
      lane.catchUp()
      book.forgetIfIdle(lane)
    }
    expect(sorter.takeOverflow()).toBe('lanes')
    sorter.left.lookEnded()
    sorter.left.lookBegins()
    expect(sorter.left.isFullAgain).toBe(false)
  })
})

describe('a lane that new mail makes', () => {
  it.each([
    ['while its mail was left', false],
    ['while what was left is looked for', true],
  ])('%s has that behind it in the store; others have nothing', (_, isLookedFor) => {
    const { book, sorter } = sorterWith()
    for (let n = 0; n < 25_000; n++) sorter.found(mail(`hosts:h${n}`, 1), true)
    const [left, left2, never] = ['left', 'other', 'never'].map(smarthost) as [
      string,
      string,
      string,
    ]
    for (const lane of [left, left2]) expect(sorter.sort(mail(lane, 1))).toBeNull()
    if (isLookedFor) {
      const gone = book.find('hosts:h0')
      gone?.catchUp()
      if (gone) book.forgetIfIdle(gone)
      expect(sorter.takeOverflow()).toBe('lanes')
      sorter.left.lookBegins()
    }
    expect(sorter.sort(mail(left, 2))?.catchUp().kept).toBeNull()
    expect(sorter.sort(mail(never, 2))?.catchUp().kept).toHaveLength(1)
    sorter.left.lookEnded()
    const after = sorter.sort(mail(left2, 2))?.catchUp().kept
    if (isLookedFor) expect(after).toHaveLength(1)
    else expect(after).toBeNull()
  })
})

describe('mail that is not kept while its destination is looked up', () => {
  function full() {
    const { sorter } = sorterWith()
    for (let n = 0; n < 50_000; n++) sorter.sort(mail(`mx:dead-${n}.example`, 1))
    return sorter
  }

  it('is moved by the store to the lane of its hosts as soon as they are known', () => {
    const sorter = full()
    expect(sorter.sort(mail('mx:good.example', 2))).toBeNull()
    expect(sorter.answered('good.example', hosts)).toEqual([])
    expect(sorter.takePlacements()).toEqual([
      {
        destination: 'good.example',
        lane: 'hosts:mx.good.example',
        provider: 'p',
        recipients: [],
      },
    ])
  })

  it('is fetched in its lane where that is known already', () => {
    const sorter = full()
    const work = { ...mail('hosts:mx.good.example', 2), destination: 'good.example' }
    expect(sorter.sort(work)).toBeNull()
    const [lane] = sorter.answered('good.example', hosts)
    expect([lane?.name, lane?.wantsTurn]).toEqual(['hosts:mx.good.example', true])
  })
})
