import type { MetricsSource } from '../api/routes/metrics.ts'
import { freshFor } from '../api/fresh-for.ts'
import { askForJson } from '../ipc/one-answer.ts'
import { expositionOf } from '../metrics/exposition.ts'
import { reportOf, silentSupervisor, type Report } from '../metrics/report.ts'
import { second } from '../time/clock.ts'

/** Longer than the supervisor waits for a process. */
const supervisorAnswerMs = 2 * second
/** Each process is asked at most once a second, however many scrapes there are. */
const freshMs = second

/** The metrics of the whole relay, as the api process answers a scrape. */
export function metricsSource(socketPath: string): MetricsSource {
  const reports = freshFor(freshMs, () => askForReports(socketPath))
  const textIn = (openMetrics: boolean) =>
    freshFor(freshMs, async () => expositionOf(await reports(), { openMetrics }))
  const openMetricsText = textIn(true)
  const plainText = textIn(false)
  return ({ openMetrics }) => (openMetrics ? openMetricsText() : plainText())
}

async function askForReports(socketPath: string): Promise<readonly Report[]> {
  const reports = await askForJson<Report[]>(socketPath, supervisorAnswerMs)
  return reports ?? [silentSupervisor, await reportOf('api')]
}
