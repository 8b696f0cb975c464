/** How long a page of the queue takes, by every pair of filters, and the summary, while mail comes in. */
import { setTimeout as sleep } from 'node:timers/promises'
import { percentile, rounded } from '../statistics.ts'
import type { Api } from './api.ts'
import { filterCases } from './filter-cases.ts'
import type { Population } from './population.ts'

export interface PagesResult {
  requests: number
  cases: number
  p50_ms: number
  p99_ms: number
  max_ms: number
  /** The cases whose slowest page was slowest. */
  worst: { filter: string; max_ms: number; rows: number }[]
  summary: { requests: number; p50_ms: number; p99_ms: number }
}

const timesEach = 5
/** Requests a second in all: somebody pages, nobody hammers. */
const restMs = 25
/** The summary may be kept for a second; it is asked for when that is over. */
const summaryEveryMs = 1100

export async function measurePages(
  api: Api,
  numbers: { settled: number; open: number },
  population: Population,
  signal: AbortSignal,
): Promise<PagesResult> {
  const cases = filterCases(numbers.settled, numbers.open, population)
  const seen = cases.map(({ name, query }) => ({ name, query, ms: [] as number[], rows: 0 }))
  const summary: number[] = []
  let summaryAt = 0
  for (let time = 0; time < timesEach; time++) {
    for (const each of seen) {
      signal.throwIfAborted()
      await turnPages(api, each)
      if (performance.now() - summaryAt > summaryEveryMs) {
        summaryAt = performance.now()
        summary.push((await api.call('/queue/summary')).ms)
      }
    }
  }
  const all = seen.flatMap(({ ms }) => ms)
  return {
    requests: all.length,
    cases: cases.length,
    p50_ms: rounded(percentile(all, 50)),
    p99_ms: rounded(percentile(all, 99)),
    max_ms: rounded(Math.max(...all)),
    worst: seen
      .map(({ name, ms, rows }) => ({
        filter: name,
        max_ms: rounded(Math.max(...ms)),
        rows: rows,
      }))
      .toSorted((a, b) => b.max_ms - a.max_ms)
      .slice(0, 5),
    summary: {
      requests: summary.length,
      p50_ms: rounded(percentile(summary, 50)),
      p99_ms: rounded(percentile(summary, 99)),
    },
  }
}

/** The first page and the one after it. */
async function turnPages(
  api: Api,
  each: { query: Readonly<Record<string, string>>; ms: number[]; rows: number },
): Promise<void> {
  let cursor: string | null = null
  for (let page = 0; page < 2; page++) {
    const query = new URLSearchParams({ ...each.query, ...(cursor === null ? {} : { cursor }) })
    const answer = await api.call(`/queue/messages?${query.toString()}`)
    const { data, next_cursor } = answer.body as { data: unknown[]; next_cursor: string | null }
    each.ms.push(answer.ms)
    each.rows = Math.max(each.rows, data.length)
    await sleep(restMs)
    cursor = next_cursor
    if (cursor === null) return
  }
}
