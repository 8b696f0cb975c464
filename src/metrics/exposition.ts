import type { Registry, RegistryContentType } from 'prom-client'
import { allMetrics } from './declared.ts'
import type { Metric, Sample } from './metric.ts'
import type { Report } from './report.ts'

/** The numbers of all processes as text, in the format that was asked for. */
export interface Exposition {
  contentType: string
  text: string
}

/** Whether a client asks for OpenMetrics, as Prometheus does by default: `Accept: application/openmetrics-text;…`. */
export const wantsOpenMetrics = (accept: string | undefined): boolean =>
  accept?.includes('application/openmetrics-text') ?? false

/** Puts the reports of the processes together. */
export async function expositionOf(
  reports: readonly Report[],
  { openMetrics }: { openMetrics: boolean },
  metrics: readonly Metric[] = allMetrics,
): Promise<Exposition> {
  // Loaded only here: no process needs it before somebody scrapes
  const { AggregatorRegistry } = (await import('prom-client')).default
  const families = metrics.map((metric) => familyOf(metric, reports, openMetrics))
  const registry: Registry<RegistryContentType> = AggregatorRegistry.aggregate([families])
  if (openMetrics) registry.setContentType(AggregatorRegistry.OPENMETRICS_CONTENT_TYPE)
  return { contentType: registry.contentType, text: await registry.metrics() }
}

interface Value {
  metricName?: string
  labels: Record<string, string>
  value: number
}

/** A metric as prom-client's registries hand it to each other. */
function familyOf(metric: Metric, reports: readonly Report[], openMetrics: boolean) {
  const { about, type } = metric
  const values = reports.flatMap(({ process, samples }) =>
    (samples[about.name] ?? []).flatMap((sample) => {
      const ofProcess = about.by === 'each' ? { process } : {}
      return valuesOf(metric, sample, { ...ofProcess, ...labelsOf(metric, sample) })
    }),
  )
  // In OpenMetrics a family of counters is named without the suffix; prom-client adds it to each value
  const name = openMetrics && type === 'counter' ? about.name.replace(/_total$/, '') : about.name
  return { name, help: about.help, type, aggregator: 'sum', values }
}

const labelsOf = ({ labels }: Metric, [values]: Sample): Record<string, string> =>
  Object.fromEntries(labels.map(({ name }, at) => [name, values[at] ?? '']))

function valuesOf(metric: Metric, [, value]: Sample, labels: Record<string, string>): Value[] {
  const { about, buckets } = metric
  if (typeof value === 'number') return [{ labels, value }]
  let count = 0
  const bounds = [...(buckets ?? []).map(String), '+Inf']
  const cumulative = bounds.map((le, at): Value => {
    count += value[at] ?? 0
    return { metricName: `${about.name}_bucket`, labels: { ...labels, le }, value: count }
  })
  return [
    ...cumulative,
    { metricName: `${about.name}_sum`, labels, value: value.at(-1) ?? 0 },
    { metricName: `${about.name}_count`, labels, value: count },
  ]
}
