/**
 * Puts a whole relay before the world as it is: domains that can't be looked up, hosts that say nothing, one who sends
 * much beside one who sends little. Each scenario prints its figures with the bound beside.
 *
 *   npm run bench -- world --only dead-dns,full-house
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { join } from 'node:path'
import { describeMachine } from './machine.ts'
import type { Machine } from './report.ts'
import { rounded } from './statistics.ts'
import { costOfATurn } from './world/cost-of-a-turn.ts'
import { deadDns } from './world/dead-dns.ts'
import { describeFigures, figureJson, isMet, seen, type Figure } from './world/figure.ts'
import { fullHouse } from './world/full-house.ts'
import { lookUps } from './world/look-ups.ts'
import { manyDomains } from './world/many-domains.ts'
import { million } from './world/million.ts'
import { oddHosts } from './world/odd-hosts.ts'
import type { WorldOptions } from './world/options.ts'
import { OthersCpu } from './world/others-cpu.ts'
import { retryOfOne } from './world/retry-of-one.ts'
import type { Scenario, ScenarioName } from './world/scenario.ts'
import { silentHosts } from './world/silent-hosts.ts'
import { twoSenders } from './world/two-senders.ts'

const scenarios: readonly Scenario[] = [
  deadDns,
  lookUps,
  manyDomains,
  silentHosts,
  oddHosts,
  twoSenders,
  fullHouse,
  retryOfOne,
  costOfATurn,
  million,
]

interface Result {
  scenario: ScenarioName
  what: string
  seconds: number
  figures: Figure[]
  /** What ended it before its end; null where nothing did. */
  fault: string | null
}

type Say = (text: string) => void

/** Runs one scenario in a folder of its own. What it saw before it failed or its time was up is kept. */
async function runScenario(
  scenario: Scenario,
  options: WorldOptions,
  say: Say,
  stop: AbortSignal,
): Promise<Result> {
  const { name, what, limitMinutes } = scenario
  const folder = mkdtempSync(join(options.folder, 'sluice-world-'))
  const limit = AbortSignal.timeout(limitMinutes * 60_000)
  const figures: Figure[] = []
  const others = new OthersCpu()
  const loop = monitorEventLoopDelay({ resolution: 10 })
  loop.enable()
  const start = performance.now()
  let fault: string | null = null
  try {
    const ground = {
      ...{ folder, shelf: options.folder, keep: options.keep, share: options.share },
      say: (text: string) => say(`${name}: ${text}`),
      signal: AbortSignal.any([stop, limit]),
    }
    await scenario.run(ground, (found) => void figures.push(...found))
  } catch (error) {
    if (stop.aborted) throw error
    const text = error instanceof Error ? error.message : String(error)
    fault = limit.aborted ? `not done within ${limitMinutes} minutes` : text
  } finally {
    if (options.keep) say(`kept ${folder}`)
    else rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
  const seconds = (performance.now() - start) / 1000
  figures.push(
    seen('CPU that others on this machine took meanwhile', others.cores(), 'cores'),
    seen('longest pause of the bench’s own loop', loop.max / 1e9, 's'),
  )
  return { scenario: name, what, seconds, figures, fault }
}

const isGood = ({ figures, fault }: Result): boolean => fault === null && figures.every(isMet)

function describeResult(result: Result): string {
  const { scenario, what, seconds, figures, fault } = result
  return [
    '',
    `${scenario}: ${what} (${seconds.toFixed(0)} s)`,
    describeFigures(figures),
    ...(fault === null ? [] : [`FAILED: ${fault}`]),
  ].join('\n')
}

const resultJson = (result: Result, options: WorldOptions, machine: Machine): string =>
  JSON.stringify({
    scenario: result.scenario,
    what: result.what,
    at: new Date().toISOString(),
    machine,
    share: options.share,
    seconds: rounded(result.seconds),
    figures: result.figures.map(figureJson),
    fault: result.fault,
    met: isGood(result),
  })

/** Whether every bound was met. */
export async function runWorld(
  options: WorldOptions,
  say: Say,
  signal: AbortSignal,
): Promise<boolean> {
  const machine = describeMachine(options.folder)
  let allGood = true
  for (const scenario of scenarios.filter(({ name }) => options.only.includes(name))) {
    say(`${scenario.name}: ${scenario.what}`)
    const result = await runScenario(scenario, options, say, signal)
    allGood &&= isGood(result)
    console.log(options.json ? resultJson(result, options, machine) : describeResult(result))
  }
  return allGood
}
