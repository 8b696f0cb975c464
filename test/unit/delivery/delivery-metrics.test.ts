import { expect, test } from 'vitest'
import type { HostAttempt } from '../../../src/delivery/dialogue.ts'
import { reportOf } from '../../../src/metrics/report.ts'
import { countAttempts } from '../../../src/delivery/delivery-metrics.ts'

const attempt = (code: number | null): HostAttempt => ({
  startedAt: 0,
  durationMs: 20,
  host: 'mx.example.org',
  address: '192.0.2.1',
  tls: null,
  code,
  enhanced: null,
  text: '',
  dialogue: null,
  recipients: [0],
  connectMs: 5,
})

/** By provider and class of the reply. */
async function counted(): Promise<Record<string, number>> {
  const samples = (await reportOf('delivery')).samples['sluice_attempts_total'] ?? []
  return Object.fromEntries(samples.map(([labels, value]) => [labels.join(' '), Number(value)]))
}

test('attempts are counted by provider and by the class of the reply', async () => {
  countAttempts('google', [attempt(250), attempt(250), attempt(421), attempt(550), attempt(null)])
  countAttempts('route:smtp://mail.example:25', [attempt(250)])
  expect(await counted()).toMatchObject({
    'google 2xx': 2,
    'google 4xx': 1,
    'google 5xx': 1,
    'google none': 1,
    'smtp://mail.example:25 2xx': 1,
  })
})

test('100,000 destinations with hosts of their own, tried several times, make no more series than are allowed', async () => {
  for (let round = 0; round < 3; round++) {
    for (let at = 0; at < 100_000; at++) countAttempts(`mx${at}.example`, [attempt(451)])
  }
  // Some hosts really get much mail, more of them than there are names for
  for (let at = 0; at < 200; at++) {
    for (let times = 0; times < 30; times++) countAttempts(`big${at}.example`, [attempt(250)])
  }
  const all = await counted()
  expect(Object.keys(all).length).toBeLessThan(100)
  expect(all['other 4xx']).toBe(300_000)
  expect(all['big0.example 2xx']).toBe(11)
})
