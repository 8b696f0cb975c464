import { expect, test } from 'vitest'
import { inFlightAt } from '../../prove/in-flight-at.ts'
import { readOptions } from '../../prove/options.ts'
import { brokenPromises, report, type Findings } from '../../prove/report.ts'

const kept: Findings = {
  accepted: 5000,
  refused: 12,
  unanswered: 3,
  unansweredDelivered: 1,
  lost: [],
  sentAfterRefusal: [],
  copies: 2,
  doubledAccepted: ['7', '9'],
  unexplainedCopies: [],
  kills: { store: 20, redis: 20 },
  inFlightAtKills: 5,
  ledger: { accepted: 5001, delivered: 5001, open: 0, difference: 0 },
  seconds: 100,
}

test('kept promises end in one sum', () => {
  expect(brokenPromises(kept)).toEqual([])
  expect(report(kept).split('\n').at(-1)).toBe(
    'accepted 5,000 = delivered 4,998 once + 2 more than once; lost 0',
  )
})

test.each<[string, Partial<Findings>]>([
  ['a loss', { lost: ['4'] }],
  ['a message sent after its refusal', { sentAfterRefusal: ['4'] }],
  ['a copy without a kill', { unexplainedCopies: ['4'] }],
  ['more copies than were in flight', { copies: 6 }],
  ['a message still open', { ledger: { ...kept.ledger, open: 1 } }],
  ['a ledger that does not agree', { ledger: { ...kept.ledger, difference: -1 } }],
])('%s breaks a promise', (_, change) => {
  const findings = { ...kept, ...change }
  expect(brokenPromises(findings)).toHaveLength(1)
  expect(report(findings)).toContain('BROKEN')
})

test('in flight at a kill is what had begun at the sink and was not settled', () => {
  const sunk = [
    { number: 'before', atMs: 10 },
    { number: 'during', atMs: 10 },
    { number: 'during', atMs: 60 },
    { number: 'after', atMs: 60 },
    { number: 'never settled', atMs: 10 },
  ]
  const settled = new Map([
    ['before', 20],
    ['during', 70],
    ['after', 70],
  ])
  expect(inFlightAt([50], sunk, settled)).toBe(2)
  expect(inFlightAt([50, 65], sunk, settled)).toBe(5)
})

test('arguments have defaults, and nonsense is refused', () => {
  expect(readOptions([])).toEqual({ messages: 5000, kills: 20, folder: '', json: false })
  expect(readOptions(['--messages', '50', '--kills', '1', '--json'])).toMatchObject({
    messages: 50,
    kills: 1,
  })
  expect(readOptions(['--messages', 'many'])).toBeUndefined()
  expect(readOptions(['--massages', '1'])).toBeUndefined()
})
