import type { Relay } from './relay.ts'

/** The values of one scrape, by name and labels as they stand in the text: `sluice_lanes`, `sluice_x{kind="a"}`. */
export type Scraped = ReadonlyMap<string, number>

/** Scrapes a relay at its own listener. */
export async function scrape(relay: Relay): Promise<Scraped> {
  const response = await fetch(relay.run.metrics[0]?.url ?? '')
  if (response.status !== 200) throw new Error(`/metrics answers ${response.status}`)
  return readMetrics(await response.text())
}

/** Reads the text format; fails at a line that is none of it. */
export function readMetrics(text: string): Scraped {
  const values = new Map<string, number>()
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('# ')) continue
    const [, series, value] = /^(\w+(?:\{.*\})?) (\S+)$/.exec(line) ?? []
    if (series === undefined || Number.isNaN(Number(value))) throw new Error(`no metric: ${line}`)
    if (values.has(series)) throw new Error(`said twice: ${series}`)
    values.set(series, Number(value))
  }
  return values
}
