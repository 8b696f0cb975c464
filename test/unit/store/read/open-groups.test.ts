import { expect, test } from 'vitest'
import { emptyGroup, OpenGroups, type OpenGroup } from '../../../../src/store/read/open-groups.ts'
import { seeded } from '../../../kit/seeded.ts'

const made = (sizes: readonly number[]) => {
  const groups = new OpenGroups<OpenGroup>(() => ({ ...emptyGroup }))
  sizes.forEach((open, id) => (groups.countsOf(id).open = open))
  return groups
}

test('pages of any size go through all groups, the largest first, among equals those with the lower number, each once', () => {
  const random = seeded(5)
  const sizes = Array.from({ length: 500 }, () => 1 + Math.floor(random() * 40))
  const order = sizes
    .map((open, id) => ({ open, id }))
    .sort((a, b) => b.open - a.open || a.id - b.id)
  for (const limit of [1, 7, 100, 1000]) {
    const found: { open: number; id: number }[] = []
    for (;;) {
      const page = made(sizes).largest(limit, found.at(-1) ?? null)
      if (page.length === 0) break
      expect(page.length).toBeLessThanOrEqual(limit)
      found.push(...page.map(([id, { open }]) => ({ open, id })))
    }
    expect(found).toEqual(order)
  }
})

test('a group goes with its last recipient, and not before', () => {
  const groups = made([2])
  const group = groups.countsOf(0)
  group.open -= 1
  groups.drop(0, group)
  expect(groups.size).toBe(1)
  group.open -= 1
  groups.drop(0, group)
  expect(groups.size).toBe(0)
  expect(groups.countsOf(0).open).toBe(0)
})
