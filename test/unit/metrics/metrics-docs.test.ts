import { expect, test } from 'vitest'
import { allMetrics } from '../../../src/metrics/declared.ts'
import { metricsPage } from '../../../src/metrics/metrics-docs.ts'

test('docs/metrics.md is what the declarations say; `vitest run -u` renews it', async () => {
  await expect(metricsPage()).toMatchFileSnapshot('../../../docs/metrics.md')
})

test('each metric is declared once, has a help text, and a name as Prometheus wants it', () => {
  const names = allMetrics.map(({ about }) => about.name)
  expect(names.length).toBeGreaterThan(25)
  expect(new Set(names).size).toBe(names.length)
  for (const { about, type } of allMetrics) {
    expect(about.name).toMatch(/^sluice_[a-z_]+$/)
    expect(about.name.endsWith('_total'), about.name).toBe(type === 'counter')
    expect(about.help.length).toBeGreaterThan(10)
    expect(about.help).not.toContain('|')
  }
})
