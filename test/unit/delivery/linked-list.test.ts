import { expect, test } from 'vitest'
import { LinkedList, ListNode } from '../../../src/delivery/linked-list.ts'

const nodes = (text: string) => text.split('').map((value) => new ListNode(value))

test('a list keeps the order through leaving at both ends and from the middle', () => {
  const list = new LinkedList<string>()
  const all = nodes('abcde')
  for (const node of all) list.push(node)
  for (const at of [2, 0, 4]) all[at]?.leave()
  expect([...list].join('')).toBe('bd')
  expect([list.first, list.last, list.length]).toEqual(['b', 'd', 2])
  all[1]?.leave()
  all[3]?.leave()
  expect([list.first, list.last, list.length]).toEqual([null, null, 0])
})

test('a node is in one list at most, and pushed again it goes to the end', () => {
  const [one, other] = [new LinkedList<string>(), new LinkedList<string>()]
  const [a, b] = nodes('ab')
  if (!a || !b) throw new Error('two nodes')
  one.push(a)
  one.push(b)
  one.push(a)
  expect([...one].join('')).toBe('ba')
  other.push(a)
  one.remove(a)
  expect([[...one].join(''), [...other].join('')]).toEqual(['b', 'a'])
})

test('a value may leave while the list is walked', () => {
  const list = new LinkedList<string>()
  const all = nodes('abc')
  for (const node of all) list.push(node)
  for (const value of list) all.find((node) => node.value === value)?.leave()
  expect(list.length).toBe(0)
})
