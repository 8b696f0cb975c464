import { expect, test } from 'vitest'
import { refused } from '../../../src/metrics/declared.ts'
import { reportOf } from '../../../src/metrics/report.ts'

test('refusals are counted by reason, and no more reasons than are allowed', async () => {
  refused('daily_limit')
  refused('daily_limit')
  for (let at = 0; at < 1000; at++) refused(`reason ${at}`)
  const samples = (await reportOf('smtp')).samples['sluice_refusals_total'] ?? []
  const counts = new Map(samples.map(([[reason], value]) => [reason, Number(value)]))
  expect(counts.get('daily_limit')).toBe(2)
  expect(counts.size).toBe(61)
  expect([...counts.values()].reduce((sum, one) => sum + one, 0)).toBe(1002)
})
