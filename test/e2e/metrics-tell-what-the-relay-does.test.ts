import { expect, test } from 'vitest'
import { allMetrics } from '../../src/metrics/declared.ts'
import { addApiKey } from '../kit/admit.ts'
import { eventually } from '../kit/facts.ts'
import { startRelay } from '../kit/relay.ts'
import { readMetrics, scrape, type Scraped } from '../kit/scrape.ts'
import { startWorld } from '../kit/world.ts'

const metrics = { listen: ['127.0.0.1:0'] }

test('mail that was sent is counted: accepted, attempts by provider and reply, settled, and how long it took', async () => {
  await using world = await startWorld(
    { 'mx1.good.test': {}, 'mx1.bad.test': { script: { rcpt: '550 5.1.1 unknown' } } },
    {
      'good.test': { MX: [[10, 'mx1.good.test']] },
      'bad.test': { MX: [[10, 'mx1.bad.test']] },
    },
  )
  await using relay = await startRelay({ route: 'mx', settings: [world.settings, { metrics }] })
  {
    await using client = await relay.smtp()
    await client.submit({ to: ['a@good.test', 'b@good.test', 'c@bad.test'] })
    await client.submit({ to: 'd@good.test' })
    const open = await scrape(relay)
    expect(open.get('sluice_connections{side="in"}')).toBe(1)
    expect(open.get('sluice_sessions_open{stage="logged_in"}')).toBe(1)
  }
  await relay.until({ delivered: 3, bounced: 1 })
  // A scrape is up to a second old
  const seen = await eventually('all numbers', async () => {
    const now = await scrape(relay)
    const delivered = now.get('sluice_settled_recipients_total{kind="delivered"}')
    const bounced = now.get('sluice_settled_recipients_total{kind="bounced"}')
    return delivered === 3 && bounced === 1 ? now : undefined
  })
  expect(pick(seen, 'sluice_accepted')).toMatchObject({
    'sluice_accepted_messages_total{submitter="account"}': 2,
  })
  expect(seen.get('sluice_settled_recipients_total{kind="expired"}')).toBe(0)
  const attempts = Object.entries(pick(seen, 'sluice_attempts_total'))
  const ofReply = (reply: string): number =>
    attempts.reduce(
      (sum, [name, value]) => sum + (name.includes(`reply="${reply}"`) ? value : 0),
      0,
    )
  expect([ofReply('2xx'), ofReply('5xx')]).toEqual([2, 1])
  expect(seen.get('sluice_delivery_seconds_count')).toBe(3)
  expect(seen.get('sluice_accept_seconds_count')).toBe(2)
  expect(seen.get('sluice_attempt_seconds_count')).toBeGreaterThanOrEqual(3)
  expect(seen.get('sluice_commit_seconds_count')).toBeGreaterThan(1)
  expect(seen.get('sluice_ledger_difference')).toBe(0)
  expect(seen.get('sluice_redis_usable')).toBe(1)
  expect(seen.get('sluice_takes_mail')).toBe(1)
  expect(seen.get('sluice_clock_jump_seconds')).toBe(0)
  expect(seen.get('sluice_certificate_days_left')).toBeGreaterThan(0)
  expect(seen.get('sluice_disk_bytes{what="free"}')).toBeGreaterThan(0)
  expect(seen.get('sluice_store_bytes{file="log"}')).toBeGreaterThan(0)
})

test('every declared metric has its help in the text, and every process reports its memory', async () => {
  await using relay = await startRelay({ settings: { metrics } })
  const response = await fetch(relay.run.metrics[0]?.url ?? '')
  const text = await response.text()
  for (const { about, type } of allMetrics) {
    expect(text).toContain(`# HELP ${about.name} ${about.help}\n# TYPE ${about.name} ${type}\n`)
  }
  const seen = readMetrics(text)
  for (const process of ['smtp', 'delivery', 'store', 'api', 'supervisor']) {
    expect(seen.get(`sluice_process_up{process="${process}"}`)).toBe(1)
    expect(seen.get(`sluice_memory_bytes{process="${process}",kind="resident"}`)).toBeGreaterThan(
      10_000_000,
    )
  }
  // Nothing has a value that nobody declared, and nothing but attempts is without one
  const without = allMetrics.filter(({ about }) => Object.keys(pick(seen, about.name)).length === 0)
  expect(without.map(({ about }) => about.name)).toEqual(['sluice_attempts_total'])
})

test('a process that is stopped is told within the bound, and its numbers are missing until it answers again', async () => {
  await using relay = await startRelay({ settings: { metrics } })
  for (const [name, own] of [
    ['smtp', 'sluice_certificate_days_left'],
    ['store', 'sluice_queue_destinations'],
    ['delivery', 'sluice_lanes'],
  ] as const) {
    const up = `sluice_process_up{process="${name}"}`
    const said = (value: 0 | 1) =>
      eventually(`${up} ${value}`, async () => {
        const seen = await scrape(relay)
        return seen.get(up) === value ? seen : undefined
      })
    expect((await said(1)).has(own)).toBe(true)
    const pid = relay.kill(name, 'SIGSTOP')
    try {
      const seen = await said(0)
      expect(seen.has(own)).toBe(false)
      expect(seen.has(`sluice_memory_bytes{process="${name}",kind="resident"}`)).toBe(false)
      expect(seen.get('sluice_process_up{process="api"}')).toBe(1)
    } finally {
      process.kill(pid, 'SIGCONT')
    }
    expect((await said(1)).has(own)).toBe(true)
  }
  process.kill(relay.run.pid, 'SIGSTOP')
  try {
    const seen = await eventually('a silent supervisor', async () => {
      const now = await scrape(relay)
      return now.get('sluice_process_up{process="supervisor"}') === 0 ? now : undefined
    })
    expect([...seen.keys()].some((name) => name.startsWith('sluice_queue'))).toBe(false)
  } finally {
    process.kill(relay.run.pid, 'SIGCONT')
  }
})

test('a process that died is counted as started once more', async () => {
  await using relay = await startRelay({ settings: { metrics } })
  await relay.killAndAwaitReturn('delivery')
  await eventually('the second start', async () => {
    const seen = await scrape(relay)
    return seen.get('sluice_process_starts_total{process="delivery"}') === 2 || undefined
  })
})

test('the listener of its own shows nothing but /metrics, and the API wants a key of the scope metrics:read', async () => {
  await using relay = await startRelay({ settings: { metrics } })
  const url = relay.run.metrics[0]?.url ?? ''
  for (const path of ['/', '/api/v1/queue/messages', '/livez', '/metrics/x']) {
    expect((await fetch(new URL(path, url))).status, path).toBe(404)
  }
  expect((await fetch(url, { method: 'POST' })).status).toBe(404)
  const without = await addApiKey(relay.dataDir, ['queue:read'])
  expect(await relay.api('/metrics', { key: null })).toMatchObject({ status: 401 })
  expect(await relay.api('/metrics', { key: without })).toMatchObject({ status: 403 })
  const key = await addApiKey(relay.dataDir, ['metrics:read'])
  const { status, headers, body } = await relay.api('/metrics', { key })
  expect(status).toBe(200)
  expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8')
  expect(readMetrics(String(body)).get('sluice_process_up{process="api"}')).toBe(1)
})

test('without the setting there is no listener, and the API has the metrics all the same', async () => {
  await using relay = await startRelay()
  expect(relay.run.metrics).toEqual([])
  expect(await relay.api('/metrics')).toMatchObject({ status: 200 })
})

/** The series of a metric, histograms included. */
const pick = (seen: Scraped, name: string): Record<string, number> =>
  Object.fromEntries([...seen].filter(([series]) => series.startsWith(name)))
