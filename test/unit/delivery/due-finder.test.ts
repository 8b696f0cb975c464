import { expect, it } from 'vitest'
import { DueFinder } from '../../../src/delivery/due-finder.ts'
import type { DueRecipient } from '../../../src/words/due.ts'
import { eventually } from '../../kit/facts.ts'

const alone: ReadonlySet<number> = new Set()

/** A store whose scan ends when the test says so. */
function finderOn(scan: () => Promise<void>) {
  const reader = {
    dueLanes: async () => {
      await scan()
      const due: DueRecipient[] = []
      return { due, alone, next: null }
    },
    dueBetween: async () => Promise.resolve([]),
  }
  return new DueFinder(reader, { now: () => 0 })
}

async function lookOver(finder: DueFinder): Promise<void> {
  for await (const { due } of finder.lanes()) expect(due).toEqual([])
}

it('a look over all lanes is not repeated at once, but after a loss it is', async () => {
  const from = performance.now()
  const finder = finderOn(async () => {
    await eventually('some time', () => (performance.now() - from > 200 ? true : undefined))
  })
  finder.want()
  await lookOver(finder)
  finder.want()
  expect(finder.isWanted).toBe(false)
  finder.wantAtOnce()
  expect(finder.isWanted).toBe(true)
})

it('a loss in the middle of a look over all lanes has another follow at once', async () => {
  const finder: DueFinder = finderOn(async () => {
    finder.wantAtOnce()
    await Promise.resolve()
  })
  finder.want()
  await lookOver(finder)
  expect(finder.isWanted).toBe(true)
})

it('a look over all lanes begins where the last one found something new, and goes round', async () => {
  const read: number[] = []
  const dueLanes = async (after: number) => {
    read.push(after)
    return Promise.resolve({ due: [], alone, next: after < 400 ? after + 200 : null })
  }
  const reader = { dueLanes, dueBetween: async () => Promise.resolve([]) }
  const finder = new DueFinder(reader, { now: () => 0 })
  for await (const { due } of finder.lanes()) {
    expect(due).toEqual([])
    if (read.at(-1) === 200) finder.cameThisFar()
  }
  expect(read.splice(0)).toEqual([0, 200, 400])
  await lookOver(finder)
  expect(read).toEqual([200, 400, 0])
})

it('a look for what was left for want of room is one over all lanes where anybody wants that', async () => {
  const finder = finderOn(async () => Promise.resolve())
  finder.wantLeft()
  await lookOver(finder)
  expect(finder.looksForLeft).toBe(true)
  finder.wantLeft()
  finder.want()
  finder.wantLeft()
  await lookOver(finder)
  expect(finder.looksForLeft).toBe(false)
})

it('what is put off while it is read has passed: neither this look nor the next one has it', async () => {
  const read = Promise.withResolvers<DueRecipient[]>()
  let now = 1000
  const reader = {
    dueLanes: async () => Promise.resolve({ due: [], alone, next: null }),
    dueBetween: async () => read.promise,
  }
  const finder = new DueFinder(reader, { now: () => now })
  now = 2000
  const look = Array.fromAsync(finder.ripened())
  const passed = [finder.passed(1500), finder.passed(2001)]
  read.resolve([])
  await look
  expect(passed).toEqual([true, false])
})
