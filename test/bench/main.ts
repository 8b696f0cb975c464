/**
 * bench is in charge of saying how fast Sluice is, beside Postfix and Haraka's stock queue, on the machine of whoever
 * asks: the same work, in turns, from the first connection until the last recipient is at the sink. All sides run
 * from the start of a shape to its end; the one whose turn it is not is idle.
 *
 *   npm run bench -- --shapes small,large --sides sluice,postfix-tuned --rounds 3 --seconds 30
 */
import { describeMachine } from './machine.ts'
import { parseOptions, sideNames, UsageError, type BenchOptions } from './options.ts'
import { describeShape, shapeReport } from './report.ts'
import { exitUsage, firstLack, folderLack } from './requirements.ts'
import { runScale } from './scale.ts'
import { shapeNames, shapes } from './shapes.ts'
import { runShape } from './turns.ts'
import { measureWay } from './way.ts'
import { runWorld } from './world.ts'
import { parseWorldOptions } from './world/options.ts'
import { scenarioNames } from './world/scenario.ts'

const usage = `npm run bench -- [options]
  --shapes LIST    of ${shapeNames.join(', ')} (all)
  --sides LIST     of ${sideNames.join(', ')} (all)
  --before DIR     against another checkout of Sluice too, which has its packages installed
  --rounds N       turns of each side (3)
  --seconds N      least length of a round (30)
  --folder DIR     where the sides keep their mail; on a disk (/var/tmp)
  --keep           leave that folder, with logs and all
  --json           print JSON lines only

npm run bench -- scale [--settled N] [--open N] [--rate N] [--folder DIR] [--keep]
  beside a million settled and a hundred thousand open recipients: pages, purge, start, memory

npm run bench -- world [--only NAME,NAME] [--share N] [--folder DIR] [--keep] [--json]
  before the world as it is; each figure with its bound, status 1 where one is missed
  --only LIST      of ${scenarioNames.join(', ')} (all)
  --share N        a share of the full sizes, such as 0.05, to see whether it works (1)

npm run bench -- way [--root DIR] [--list] [--folder DIR] [--keep] [--json]
  files and calls on the way of one message, from DATA to its 250, and of an HTTP retry of one
  --root DIR       of another checkout of Sluice, which has its packages installed
  --list           print each function`

const say = (text: string): void => void process.stderr.write(`${text}\n`)

async function run(options: BenchOptions, signal: AbortSignal): Promise<void> {
  const machine = describeMachine(options.folder)
  for (const name of options.shapes) {
    const shape = shapes[name]
    const report = shapeReport(shape, await runShape(shape, options, say, signal), machine)
    if (!options.json) console.log(describeShape(report))
    console.log(JSON.stringify(report))
  }
}

/** Needs no Postfix: its hosts are the benchmark's own. */
async function measureWorld(args: string[], signal: AbortSignal): Promise<number> {
  const options = parseWorldOptions(args)
  const lack = folderLack(options.folder)
  if (lack) {
    say(lack.text)
    return lack.exitCode
  }
  return (await runWorld(options, say, signal)) ? 0 : 1
}

async function main(): Promise<number> {
  if (process.argv.includes('--help')) {
    console.log(usage)
    return 0
  }
  const stop = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      say('stopping; ending what was started')
      stop.abort(new Error(`stopped by ${name}`))
    })
  }
  const [first, ...rest] = process.argv.slice(2)
  if (first === 'world') return measureWorld(rest, stop.signal)
  if (first === 'way') {
    await measureWay(rest, stop.signal)
    return 0
  }
  const isScale = first === 'scale'
  const options = parseOptions(isScale ? ['--sides', 'sluice'] : process.argv.slice(2))
  const lack = firstLack(options)
  if (lack) {
    say(lack.text)
    return lack.exitCode
  }
  await (isScale ? runScale(rest, say, stop.signal) : run(options, stop.signal))
  return 0
}

try {
  process.exitCode = await main()
} catch (error) {
  say(error instanceof Error ? error.message : String(error))
  if (error instanceof UsageError) say(usage)
  process.exitCode = error instanceof UsageError ? exitUsage : 1
}
