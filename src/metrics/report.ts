import { allMetrics } from './declared.ts'
import type { Metric, Reporter, Sample } from './metric.ts'

/** The numbers of one process at one moment, by the name of the metric; as JSON it goes from process to process. */
export interface Report {
  readonly process: Reporter
  readonly samples: Readonly<Record<string, readonly Sample[]>>
}

/** What the api process reports where the supervisor does not answer: of the others nobody knows anything. */
export const silentSupervisor: Report = {
  process: 'supervisor',
  samples: {
    sluice_process_up: [
      [['supervisor'], 0],
      [['api'], 1],
    ],
  },
}

/** What a process has to report. */
export async function reportOf(
  process: Reporter,
  metrics: readonly Metric[] = allMetrics,
): Promise<Report> {
  const own = metrics.filter(({ about: { by } }) => by === 'each' || by.includes(process))
  const samples = await Promise.all(
    own.map(async (metric) => [metric.about.name, await metric.samples()] as const),
  )
  return { process, samples: Object.fromEntries(samples) }
}
