import { describe, expect, it } from 'vitest'
import { Lane } from '../../../src/delivery/lane.ts'
import { LaneFiller } from '../../../src/delivery/lane-filler.ts'
import type { DueWork } from '../../../src/words/due.ts'

const place = { provider: 'p', hostSet: 'a' }

const mail = (message: number, recipients = 1): DueWork => ({
  message,
  recipients: Array.from({ length: recipients }, (_, n) => message * 100 + n),
  lane: 'hosts:a',
  provider: 'p',
  destination: 'a.test',
  submitter: 1,
  class: 1,
})

function behindBy(...kept: DueWork[]): Lane {
  const lane = new Lane('hosts:a', place, mail(1))
  for (const work of kept) lane.keep(work)
  return lane
}

describe('mail that a lane is behind by', () => {
  it('is kept where all of it is known and little, each piece once', () => {
    const lane = behindBy(mail(1), mail(2), mail(1))
    expect(lane.catchUp().kept).toEqual([mail(1), mail(2)])
    lane.keep(mail(3))
    expect(lane.catchUp().kept).toEqual([mail(3)])
  })

  it('is kept with each recipient once, however they came together', () => {
    const [one, two] = [
      { ...mail(1), recipients: [100] },
      { ...mail(1), recipients: [100, 101] },
    ]
    const kept = behindBy(one, two).catchUp().kept ?? []
    expect(kept.flatMap(({ recipients }) => recipients)).toEqual([100, 101])
  })

  it('is in the store alone where the store may have more, whichever was told first', () => {
    const before = behindBy(mail(1))
    before.isBehind(null)
    const after = behindBy()
    after.isBehind(mail(2))
    after.keep(mail(1))
    expect([before.catchUp().kept, after.catchUp().kept]).toEqual([null, null])
  })

  it('is in the store alone where it is more than a few', () => {
    const lane = behindBy(mail(1, 3), mail(2, 2))
    lane.keep(mail(3))
    expect(lane.behind).toBe(true)
    expect(lane.catchUp().kept).toBeNull()
  })

  it('is not kept beside jobs that were dropped', () => {
    const lane = behindBy(mail(1))
    lane.added(lane.lineFor(mail(2)), 1)
    lane.clear()
    expect(lane.catchUp().kept).toBeNull()
  })
})

describe('a lane that is filled for its turn', () => {
  function fillerWith() {
    const read: string[] = []
    const sorted: DueWork[] = []
    const reader = {
      dueInLane: async (lane: string) => {
        read.push(lane)
        return Promise.resolve({ due: [], more: false })
      },
    }
    const sorter = {
      sort: (work: DueWork) => {
        sorted.push(work)
        return null
      },
    }
    const tools = { reader, sorter, clock: { now: () => 0 }, book: { pageFor: () => 100 } }
    return { read, sorted, filler: new LaneFiller({ ...tools, isOpen: () => true }) }
  }

  it('asks the store for nothing that it kept', async () => {
    const { read, sorted, filler } = fillerWith()
    await filler.fill(behindBy(mail(1), mail(2)))
    expect([sorted, read]).toEqual([[mail(1), mail(2)], []])
  })

  it('knows afterwards what it knew of a page whose recipients wait elsewhere', async () => {
    const lane = behindBy(mail(1))
    lane.away.moreBehind = true
    await fillerWith().filler.fill(lane)
    expect(lane.away.moreBehind).toBe(true)
  })

  it('asks the store where it kept nothing', async () => {
    const { read, filler } = fillerWith()
    const lane = behindBy(mail(1))
    lane.isBehind(null)
    await filler.fill(lane)
    expect(read).toEqual(['hosts:a'])
  })
})
