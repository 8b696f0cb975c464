import { version } from '../config/version.ts'
import { buildInfo, processStarts, processUp } from '../metrics/declared.ts'
import { reportOf, type Report, silentSupervisor } from '../metrics/report.ts'
import { watchProcess } from '../metrics/watch-process.ts'
import { second } from '../time/clock.ts'
import type { RelayProcesses } from './relay-processes.ts'
import type { MetricsSource } from '../api/routes/metrics.ts'
import { freshFor } from '../time/fresh-for.ts'
import { askForJson } from '../ipc/one-answer.ts'
import { expositionOf } from '../metrics/exposition.ts'

/** A process that has not answered within this time is missing from the scrape. */
const answerMs = second

/**
 * The supervisor's part of the metrics: asks each process for its report and adds its own, which says who answered. Returns
 * the reports as a JSON list.
 */
export function metricsCollector(processes: Pick<RelayProcesses, 'all'>): () => Promise<string> {
  watchProcess()
  buildInfo.set(version, process.versions.node)
  processStarts.read(() => {
    const all = [...processes.all].map(([name, { starts }]) => [name, starts] as const)
    return Object.fromEntries(all)
  })
  return async () => {
    const answers = await Promise.all(
      [...processes.all].map(async ([name, each]) => [name, await each.metrics(answerMs)] as const),
    )
    processUp.read(() => ({ ...upOf(processes, answers), supervisor: 1 }))
    const own: Report = await reportOf('supervisor')
    const others = answers.flatMap(([, json]) => json ?? [])
    return `[${[...others, JSON.stringify(own)].join(',')}]`
  }
}

type Answers = readonly (readonly [name: string, json: string | null])[]

/** Redis is not one of our processes, so it is not asked; all that is known here is whether it runs. */
const upOf = ({ all }: Pick<RelayProcesses, 'all'>, answers: Answers): Record<string, number> =>
  Object.fromEntries(
    answers.map(([name, json]) => {
      const isUp = name === 'redis' ? (all.get(name)?.runs ?? false) : json !== null
      return [name, isUp ? 1 : 0]
    }),
  )

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
