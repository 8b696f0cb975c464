/**
 * Measures what a long life does to Sluice: with a million settled recipients and a hundred thousand open ones beside a
 * steady load, how long pages and the summary take, a purge of all that is open, a start with a full queue; and memory.
 *
 *   npm run bench -- scale --settled 1000000 --open 100000 --rate 500
 */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { describeMachine } from './machine.ts'
import { MemoryWatch } from './memory-watch.ts'
import { pssBytesOf } from './proc.ts'
import { untilArrived, untilQuiet } from './round.ts'
import { Api } from './scale/api.ts'
import {
  ensureFilled,
  makeDue,
  makeGround,
  scalePopulation,
  type Say,
  type ScaleOptions,
} from './scale/ground.ts'
import { measurePages } from './scale/pages.ts'
import { measurePurge } from './scale/purge.ts'
import { measureStart } from './scale/start.ts'
import { startSteadyLoad } from './scale/steady-load.ts'
import { startSluice, type SluiceSide } from './sides/sluice.ts'
import { startSinks, type Sinks } from './sinks.ts'
import { rounded } from './statistics.ts'

const print = (row: string, result: object): void => console.log(JSON.stringify({ row, ...result }))

function readOptions(args: string[]): ScaleOptions {
  const { values } = parseArgs({
    args,
    options: {
      settled: { type: 'string', default: '1000000' },
      open: { type: 'string', default: '100000' },
      rate: { type: 'string', default: '500' },
      folder: { type: 'string', default: '/var/tmp' },
      'sink-port': { type: 'string', default: '26525' },
      keep: { type: 'boolean', default: false },
    },
  })
  return {
    settled: Number(values.settled),
    open: Number(values.open),
    rate: Number(values.rate),
    folder: values.folder,
    sinkPort: Number(values['sink-port']),
    keep: values.keep,
  }
}

const megabytes = (bytes: number): number => rounded(bytes / 1024 / 1024)

function apiOf(side: SluiceSide): Api {
  if (!side.api) throw new Error('this start made no API key')
  return new Api(side.api)
}

/** Memory of a relay that has nothing to do, on an empty store. */
async function measureIdle(options: ScaleOptions, signal: AbortSignal): Promise<void> {
  await using stack = new AsyncDisposableStack()
  const ground = await makeGround('idle', null, options, signal)
  stack.defer(() => rmSync(ground.folder, { recursive: true, force: true, maxRetries: 5 }))
  const start = performance.now()
  const side = stack.use(await startSluice(ground))
  const ready = (performance.now() - start) / 1000
  await untilQuiet(side, signal)
  await sleep(10_000, undefined, { signal })
  print('idle', { ready_s: rounded(ready), pss_mb: megabytes(await pssBytesOf(side.roots)) })
}

/** Pages and the summary, then the purge, beside the load. */
async function measureBeside(
  filled: string,
  options: ScaleOptions,
  sinks: Sinks,
  say: Say,
  signal: AbortSignal,
): Promise<void> {
  await using stack = new AsyncDisposableStack()
  const ground = await makeGround('beside', filled, options, signal)
  stack.defer(() => rmSync(ground.folder, { recursive: true, force: true, maxRetries: 5 }))
  const side = stack.use(await startSluice(ground))
  using memory = new MemoryWatch(side.roots)
  await untilQuiet(side, signal)
  const api = apiOf(side)
  stack.defer(() => api.close())
  const before = await sinks.total()
  const load = stack.use(await startSteadyLoad(ground.port, options.rate))
  await sleep(5000, undefined, { signal })
  const from = performance.timeOrigin + performance.now()
  say('pages by every pair of filters')
  const numbers = {
    settled: Math.floor(options.settled / 2),
    open: options.settled + Math.floor(options.open / 2),
  }
  const pages = await measurePages(api, numbers, scalePopulation, signal)
  const until = performance.timeOrigin + performance.now()
  const { rate, p50, p99 } = await load.during(from, until)
  print('pages', {
    must: { p99_ms: 50 },
    ...pages,
    accept: { rate: rounded(rate), p50_ms: rounded(p50), p99_ms: rounded(p99) },
  })
  say('purge of all that is open')
  const purge = await measurePurge(api, load)
  const accepted = await load.stop()
  // What was purged must not come even when everything is tried at once.
  await api.call('/queue/operations', { action: 'retry', all: true })
  await untilArrived(sinks, before + accepted, signal)
  await untilQuiet(side, signal)
  const ledger = (await api.call('/ledger')).body as { difference: number }
  print('purge', {
    must: { answered_s: 5, accept_p99_ms: 100, sent_afterwards: 0 },
    ...purge,
    sent_afterwards: (await sinks.total()) - before - accepted,
    ledger_difference: ledger.difference,
    peak_pss_mb: megabytes(await memory.peak()),
  })
}

/** A start with everything due and nothing in Redis, until the queue is empty. */
async function measureFullStart(
  filled: string,
  options: ScaleOptions,
  sinks: Sinks,
  signal: AbortSignal,
): Promise<void> {
  const ground = await makeGround('start', filled, options, signal)
  try {
    await makeDue(join(ground.folder, 'data'))
    const launch = (): Promise<SluiceSide> => startSluice(ground)
    const start = { port: ground.port, launch, due: options.open, sinks }
    print('start', {
      must: { accepting_s: 3, full_pace_s: 5, peak_pss_mb: 700 },
      ...(await measureStart(start, signal)),
    })
  } finally {
    rmSync(ground.folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** Runs all of it; each row is printed as one JSON line. */
export async function runScale(args: string[], say: Say, signal: AbortSignal): Promise<void> {
  const options = readOptions(args)
  print('machine', describeMachine(options.folder))
  await measureIdle(options, signal)
  const filled = await ensureFilled(options, say, signal)
  try {
    await using sinks = await startSinks(['127.0.0.1'], options.sinkPort, options.folder, signal)
    say('start with a full queue')
    await measureFullStart(filled, options, sinks, signal)
    await measureBeside(filled, options, sinks, say, signal)
  } finally {
    if (!options.keep) rmSync(filled, { recursive: true, force: true })
  }
}
