import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { projectRoot } from '../../../src/config/paths.ts'
import { allMetrics } from '../../../src/metrics/declared.ts'
import type { Metric } from '../../../src/metrics/metric.ts'

const seriesOf = ({ about: { name }, type }: Metric): string[] =>
  type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name]

const metricOf = (series: string): Metric | undefined =>
  allMetrics.find((metric) => seriesOf(metric).includes(series))

/** What is wrong with the queries of a text: series that nobody declared, labels and values that they do not have. */
function faultsOf(text: string): string[] {
  return [...text.matchAll(/\b(sluice_\w+)(?:\{([^}]*)\})?/g)].flatMap(([, series = '', inner]) => {
    const metric = metricOf(series)
    if (!metric) return [`no metric ${series}`]
    const matchers = [...(inner ?? '').matchAll(/(\w+)(=~?)\\?"([^"\\]*)/g)]
    return matchers.flatMap(([, name, sign, value = '']) => {
      const label = metric.labels.find((each) => each.name === name)
      if (!label) return [`${series} has no label ${name}`]
      const isClosed = sign === '=' && typeof label.values !== 'string'
      return isClosed && !label.values.includes(value) ? [`${series}: no ${name} ${value}`] : []
    })
  })
}

test.each(['prometheus/alerts.yml', 'grafana/sluice.json'])(
  'config/%s asks for metrics that exist, with labels that they have',
  (file) => {
    const text = readFileSync(join(projectRoot, 'config', file), 'utf8')
    expect(text.match(/sluice_/g)?.length).toBeGreaterThan(10)
    expect(faultsOf(text)).toEqual([])
  },
)

test('a query for what does not exist is caught', () => {
  expect(faultsOf('sluice_lost == 0')).toEqual(['no metric sluice_lost'])
  expect(faultsOf('sluice_lanes{state=\\"x\\"}')).toEqual(['sluice_lanes has no label state'])
  expect(faultsOf('sluice_store_bytes{file="wal"}')).toEqual(['sluice_store_bytes: no file wal'])
  expect(faultsOf('sluice_accept_seconds')).toEqual(['no metric sluice_accept_seconds'])
})
