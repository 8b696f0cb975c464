/**
 * prove is in charge of the promise that nothing accepted is lost: it breaks a whole relay at random, on anybody's
 * machine, and counts. Nothing of it touches a relay that runs already.
 */
import { eventually, Gate } from '../kit/facts.ts'
import { deliveredTimes, judge, Load, numberOf } from '../kit/load.ts'
import { startRelay, type Relay } from '../kit/relay.ts'
import { startRemote } from '../kit/remote.ts'
import { settled } from '../kit/under-load.ts'
import { inFlightAt } from './in-flight-at.ts'
import { killAtRandom, victims, type Kill } from './kill-at-random.ts'
import { readOptions, usage, type ProveOptions } from './options.ts'
import { brokenPromises, report, type Findings } from './report.ts'

const settleDeadlineMs = 10 * 60_000

/** Lets messages out as kills go on, so that there is load at every kill and some after the last. */
class Pace {
  #allowed: number
  #gate = new Gate()

  constructor(atFirst: number) {
    this.#allowed = atFirst
  }

  async leave(accepted: () => number): Promise<void> {
    while (accepted() >= this.#allowed) await this.#gate.pass()
  }

  allow(count: number): void {
    this.#allowed = count
    this.#gate.open()
    this.#gate = new Gate()
  }
}

async function breakAndCount(
  options: ProveOptions,
  say: (line: string) => void,
): Promise<Findings> {
  const began = performance.now()
  await using sink = await startRemote()
  await using relay = await startRelay({
    route: sink.route,
    settings: { delivery: { retry_first: '1s', retry_longest: '5s' }, log: { level: 'warn' } },
  })
  const slice = options.messages / Math.max(1, options.kills * victims.length)
  const pace = new Pace(2 * slice)
  using load: Load = new Load({
    connect: () => relay.smtp(),
    sessions: 8,
    leave: () => pace.leave(() => load.accepted),
  })
  const tell = (kills: number): void =>
    say(`${load.accepted} accepted, ${sink.accepted.length} at the sink, ${kills} kills`)
  const killing = killAtRandom(relay, {
    times: options.kills,
    reached: (part) =>
      eventually(
        'traffic',
        () => load.accepted >= options.messages * part || undefined,
        settleDeadlineMs,
      ).then(() => undefined),
    onKill: (done) => {
      pace.allow((done + 2) * slice)
      if (done % 5 === 0) tell(done)
    },
  }).finally(() => pace.allow(Number.POSITIVE_INFINITY))
  const [kills] = await Promise.all([killing, load.run(options.messages)])
  tell(kills.length)
  const ledger = await settled(relay, settleDeadlineMs)
  const seconds = Math.round((performance.now() - began) / 1000)
  return { ...(await compare(relay, load, sink.messages, kills)), ledger, seconds }
}

async function compare(
  relay: Relay,
  load: Load,
  messages: Parameters<typeof numberOf>[0][],
  kills: Kill[],
): Promise<Omit<Findings, 'ledger' | 'seconds'>> {
  const times = deliveredTimes(await relay.events())
  // Only a death of who sends or who records leaves an outcome unrecorded.
  const deadly = kills.filter(({ name }) => name === 'store' || name === 'delivery')
  const killsAtMs = deadly.map(({ atMs }) => atMs)
  const sunk = messages
    .filter(({ reply }) => reply.startsWith('250'))
    .map((message) => ({ number: numberOf(message), atMs: message.times.mail }))
  return {
    ...judge(load.known, sunk, times, killsAtMs),
    inFlightAtKills: inFlightAt(killsAtMs, sunk, times),
    kills: Object.fromEntries(
      victims.map((victim) => [victim, kills.filter(({ name }) => name === victim).length]),
    ),
  }
}

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2))
  if (!options) {
    process.stderr.write(usage)
    return 64
  }
  if (options.folder !== '') process.env['TMPDIR'] = options.folder
  const findings = await breakAndCount(options, (line) => process.stderr.write(`${line}\n`))
  process.stdout.write(`${options.json ? JSON.stringify(findings) : report(findings)}\n`)
  return brokenPromises(findings).length === 0 ? 0 : 1
}

process.exitCode = await main()
