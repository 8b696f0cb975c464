/** Puts all sides through one shape, in turns: A B A B, so that a machine that changes over time changes for all. */
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { startDnsServer, type DnsZone } from '../kit/dns-server.ts'
import type { BenchOptions, SideName } from './options.ts'
import { freePort } from './ports.ts'
import { pssBytesOf } from './proc.ts'
import { runRound, untilQuiet, type Round } from './round.ts'
import { fanoutDestinations, type Shape } from './shapes.ts'
import { startHaraka } from './sides/haraka.ts'
import { startPostfix } from './sides/postfix.ts'
import type { Ground, Side } from './sides/side.ts'
import { startSluice } from './sides/sluice.ts'
import { startSinks, type Sinks } from './sinks.ts'

export interface SideResult {
  name: SideName
  version: string
  fsync: string
  /** Memory before the first message. */
  idlePssBytes: number
  rounds: Round[]
}

type Start = (ground: Ground, options: BenchOptions) => Promise<Side>

const starters: Readonly<Record<SideName, Start>> = {
  sluice: (ground) => startSluice(ground),
  before: (ground, options) => startSluice(ground, options.before ?? undefined),
  'postfix-tuned': (ground) => startPostfix(ground, 'tuned'),
  postfix: (ground) => startPostfix(ground, 'shipped'),
  haraka: startHaraka,
}

interface Contestant {
  side: Side
  result: SideResult
  /** Messages per second in its last run. */
  pace: number
}

export type Say = (text: string) => void

/** What all turns of one shape share. */
interface Contest {
  shape: Shape
  options: BenchOptions
  sinks: Sinks
  say: Say
  signal: AbortSignal
}

export async function runShape(
  shape: Shape,
  options: BenchOptions,
  say: Say,
  signal: AbortSignal,
): Promise<SideResult[]> {
  await using stack = new AsyncDisposableStack()
  const folder = mkdtempSync(join(options.folder, 'sluice-bench-'))
  stack.defer(() => {
    if (options.keep) say(`kept ${folder}`)
    else rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  })
  chmodSync(folder, 0o755) // Postfix's processes run as somebody else and must pass through
  const addresses =
    shape.recipients > 1 ? fanoutDestinations.map(({ address }) => address) : ['127.0.0.1']
  const sinkPort = await freePort(addresses)
  const sinks = stack.use(await startSinks(addresses, sinkPort, folder, signal))
  const dns = stack.use(await startDnsServer(fanoutZone()))
  const contest = { shape, options, sinks, say, signal }
  const contestants: Contestant[] = []
  for (const name of options.sides) {
    say(`${shape.name}: starting ${name}`)
    const ground = {
      folder: join(folder, name),
      shape,
      port: await freePort(),
      sinkPort,
      resolver: dns.resolver,
      signal,
    }
    mkdirSync(ground.folder)
    const side = stack.use(await starters[name](ground, options))
    contestants.push(await warmUp(name, side, contest))
  }
  for (let turn = 1; turn <= options.rounds; turn++) {
    for (const contestant of contestants) {
      const round = await takeTurn(contestant, contest)
      contestant.result.rounds.push(round)
      say(
        `${shape.name}: round ${String(turn)} of ${String(options.rounds)}, ${contestant.result.name}: ` +
          `${round.messagesPerSecond.toFixed(0)} messages/s over ${round.seconds.toFixed(0)} s`,
      )
    }
  }
  return contestants.map(({ result }) => result)
}

/** Each destination of `fanout` has one MX host, which has its address. */
const fanoutZone = (): DnsZone =>
  Object.fromEntries(
    fanoutDestinations.flatMap(({ domain, address }): [string, DnsZone[string]][] => [
      [domain, { MX: [[10, `mx.${domain}`]] }],
      [`mx.${domain}`, { A: [address] }],
    ]),
  )

/** How long a warm-up of the second step should take, and the share of the wanted length by which rounds are made longer. */
const warmUpSeconds = 5
const margin = 1.15

/** Two runs that don't count: the first finds the pace roughly, the second at length enough for compilers and caches. */
async function warmUp(name: SideName, side: Side, contest: Contest): Promise<Contestant> {
  const { shape, options, say, signal } = contest
  await untilQuiet(side, signal)
  const idlePssBytes = await pssBytesOf(side.roots)
  const { version, fsync } = side
  const result = { name, version, fsync, idlePssBytes, rounds: [] }
  const contestant = { side, result, pace: 0 }
  const rough = await send(contestant, shape.sessions * 4, contest)
  const seconds = Math.min(warmUpSeconds, options.seconds)
  await send(contestant, Math.ceil(rough.messagesPerSecond * seconds), contest)
  say(`${shape.name}: ${name} is warm (${contestant.pace.toFixed(0)} messages/s)`)
  return contestant
}

/** A counted run; the side's pace follows from it. */
async function send(contestant: Contestant, count: number, contest: Contest): Promise<Round> {
  const { shape, sinks, signal } = contest
  try {
    const round = await runRound(contestant.side, shape, sinks, count, signal)
    contestant.pace = round.messagesPerSecond
    return round
  } catch (error) {
    if (signal.aborted) throw error
    const text = error instanceof Error ? error.message : String(error)
    throw new Error(`${contestant.result.name}: ${text}`, { cause: error })
  }
}

/** One round of at least the wanted length; one that turned out too short is done again with more messages. */
async function takeTurn(contestant: Contestant, contest: Contest): Promise<Round> {
  const { seconds } = contest.options
  for (;;) {
    // What others left in the page cache shall not be written out at this one's expense.
    execFileSync('sync')
    const round = await send(contestant, Math.ceil(contestant.pace * seconds * margin), contest)
    if (round.seconds >= seconds) return round
  }
}
