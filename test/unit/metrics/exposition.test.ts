import { expect, test } from 'vitest'
import { Declarations } from '../../../src/metrics/declare.ts'
import { expositionOf, wantsOpenMetrics } from '../../../src/metrics/exposition.ts'
import { reportOf, type Report } from '../../../src/metrics/report.ts'

function someMetrics() {
  const declare = new Declarations()
  const by = ['store'] as const
  const settled = declare.counts({ name: 'sluice_settled_total', help: 'Settled', by }, 'kind', [
    'delivered',
    'bounced',
  ])
  const seconds = declare.histogram({ name: 'sluice_seconds', help: 'Seconds', by }, [0.1, 1])
  const lanes = declare.gauge({ name: 'sluice_lanes', help: 'Lanes', by: ['delivery'] })
  const memory = declare.gaugeBy({ name: 'sluice_memory', help: 'Memory', by: 'each' }, 'kind', [
    'heap',
  ])
  return { all: declare.all, settled, seconds, lanes, memory }
}

/** As it goes from process to process. */
const sent = (report: Report): Report => JSON.parse(JSON.stringify(report)) as Report

test('what processes counted becomes Prometheus text, each metric from the processes that report it', async () => {
  const { all, settled, seconds, lanes, memory } = someMetrics()
  settled.delivered.inc()
  settled.delivered.inc(2)
  for (const value of [0.05, 0.1, 0.5, 7]) seconds.observe(value)
  lanes.read(() => 4)
  memory.read(() => ({ heap: 9 }))
  const reports = [sent(await reportOf('store', all)), sent(await reportOf('delivery', all))]
  const { contentType, text } = await expositionOf(reports, { openMetrics: false }, all)
  expect(contentType).toBe('text/plain; version=0.0.4; charset=utf-8')
  expect(text.split('\n').filter((line) => line !== '')).toEqual([
    '# HELP sluice_settled_total Settled',
    '# TYPE sluice_settled_total counter',
    'sluice_settled_total{kind="delivered"} 3',
    'sluice_settled_total{kind="bounced"} 0',
    '# HELP sluice_seconds Seconds',
    '# TYPE sluice_seconds histogram',
    'sluice_seconds_bucket{le="0.1"} 2',
    'sluice_seconds_bucket{le="1"} 3',
    'sluice_seconds_bucket{le="+Inf"} 4',
    'sluice_seconds_sum 7.65',
    'sluice_seconds_count 4',
    '# HELP sluice_lanes Lanes',
    '# TYPE sluice_lanes gauge',
    'sluice_lanes 4',
    '# HELP sluice_memory Memory',
    '# TYPE sluice_memory gauge',
    'sluice_memory{process="store",kind="heap"} 9',
    'sluice_memory{process="delivery",kind="heap"} 9',
  ])
})

test('OpenMetrics names a family of counters without _total, and ends with # EOF', async () => {
  const { all, settled } = someMetrics()
  settled.bounced.inc()
  const reports = [await reportOf('store', all)]
  const { contentType, text } = await expositionOf(reports, { openMetrics: true }, all)
  expect(contentType).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8')
  expect(text).toContain('# TYPE sluice_settled counter\n')
  expect(text).toContain('sluice_settled_total{kind="bounced"} 1\n')
  expect(text.endsWith('# EOF\n')).toBe(true)
})

test('a process that did not report is missing with all its numbers', async () => {
  const { all, settled, lanes } = someMetrics()
  settled.delivered.inc()
  lanes.read(() => 4)
  const reports = [await reportOf('delivery', all)]
  const { text } = await expositionOf(reports, { openMetrics: false }, all)
  expect(text).toContain('sluice_lanes 4')
  expect(text).not.toMatch(/^sluice_settled_total/m)
})

test('quotes, backslashes and line ends in a label stay inside of it', async () => {
  const declare = new Declarations()
  const by = ['smtp'] as const
  const about = { name: 'sluice_names_total', help: 'Names', by }
  const names = declare.namedCountsBy(about, ['name', 5], ['class', ['good']])
  names.good.of('a"} 1\nsluice_lies{b="\\').inc()
  const { text } = await expositionOf(
    [await reportOf('smtp', declare.all)],
    { openMetrics: false },
    declare.all,
  )
  expect(text).toContain(
    'sluice_names_total{name="a\\"} 1\\nsluice_lies{b=\\"\\\\",class="good"} 1\n',
  )
})

test.each([
  ['application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5', true],
  ['text/plain', false],
  [undefined, false],
])('Accept: %s', (accept, wants) => {
  expect(wantsOpenMetrics(accept)).toBe(wants)
})
