import { allMetrics } from './declared.ts'
import type { Label, Metric } from './metric.ts'

const head = `# Metrics

All metrics of \`/metrics\`, made from \`src/metrics/declared.ts\` by
\`npm test -- test/unit/metrics/metrics-docs.test.ts -u\`. How to switch it on, an example for Prometheus, alert rules and a
dashboard: [operations.md](operations.md#metrics).

Counters begin at 0 when their process starts, which \`rate()\` and \`increase()\` allow for. A process that does not answer
a scrape within a second is missing from it, with all its numbers, and has \`sluice_process_up\` 0: what is shown is never an
older value. Durations are in seconds, sizes in bytes. Where several processes report a metric of the same name, the label
\`process\` tells them apart.

| metric | type | labels | from | says |
| --- | --- | --- | --- | --- |
`

/** docs/metrics.md */
export const metricsPage = (): string => head + allMetrics.map(rowOf).join('')

function rowOf({ about, type, labels }: Metric): string {
  const { name, help, by } = about
  const ofProcess = by === 'each' ? ['`process`'] : []
  const from = by === 'each' ? 'each process' : by.join(', ')
  const named = [...ofProcess, ...labels.map(describeLabel)].join('; ')
  return `| \`${name}\` | ${type} | ${named} | ${from} | ${help} |\n`
}

const describeLabel = ({ name, values }: Label): string =>
  typeof values === 'string'
    ? `\`${name}\` (${values})`
    : `\`${name}\`: ${values.map((value) => `\`${value}\``).join(', ')}`
