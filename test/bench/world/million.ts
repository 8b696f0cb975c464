/** A million open recipients in 100,000 destinations: a start with Redis empty, and pages of every list beside them. */
import { join } from 'node:path'
import { rmSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../ports.ts'
import { Api } from '../scale/api.ts'
import { copyFilled, ensureFilledWith, makeDue } from '../scale/ground.ts'
import { measurePages } from '../scale/pages.ts'
import { populationOver, type Population } from '../scale/population.ts'
import { measureStart } from '../scale/start.ts'
import { startSteadyLoad } from '../scale/steady-load.ts'
import { startRuledDns } from './dns.ts'
import { below, seen, type Figure } from './figure.ts'
import { startSinkHosts } from './hosts.ts'
import { loopbackAddress, loopbackAddresses, numberIn } from './names.ts'
import { measureOtherPages } from './other-pages.ts'
import { RelayWatch } from './relay-watch.ts'
import { startWorldRelay, type DeliverySettings } from './relay.ts'
import { sized, type Ground, type Scenario } from './scenario.ts'

const destinations = 100_000
const addresses = 200
const net = 5
/** How long the start is watched: the million is not waited for. */
const watchSeconds = 60
/** Messages a second that come in while pages are asked for. */
const rate = 100

interface Stage {
  ground: Ground
  filled: string
  open: number
  delivery: DeliverySettings
  total: () => Promise<number>
}

/** Everything is due, and Redis is empty. */
async function start({ ground, filled, open, delivery, total }: Stage): Promise<Figure[]> {
  const { signal, say } = ground
  const folder = join(ground.folder, 'start')
  const dataDir = join(folder, 'data')
  copyFilled(filled, dataDir)
  try {
    say('making all of it due')
    await makeDue(dataDir)
    say('start with Redis empty')
    const port = await freePort()
    let figures: Figure[] = []
    const launch = async () => {
      const relay = await startWorldRelay(folder, delivery, signal, port)
      const watch = new RelayWatch(relay)
      return {
        roots: relay.roots,
        async [Symbol.asyncDispose]() {
          figures = await watch.figures({ allPss: 1000 })
          watch[Symbol.dispose]()
          await relay[Symbol.asyncDispose]()
        },
      }
    }
    const found = await measureStart(
      { port, launch, due: open, sinks: { total }, limitSeconds: watchSeconds },
      signal,
    )
    return [
      below('from the start to the first 250', found.accepting_s, 's', 3),
      below('… to full pace', found.full_pace_s, 's', 5),
      seen('full pace, deliveries a second', found.deliveries_per_second),
      seen(`delivered in ${watchSeconds} s`, found.delivered),
      ...figures,
    ]
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** Nothing but what comes in is due. */
async function pages(
  { ground, filled, open, delivery }: Stage,
  population: Population,
): Promise<Figure[]> {
  const { signal, say } = ground
  const folder = join(ground.folder, 'pages')
  copyFilled(filled, join(folder, 'data'))
  await using stack = new AsyncDisposableStack()
  const relay = stack.use(await startWorldRelay(folder, delivery, signal))
  const watch = stack.use(new RelayWatch(relay))
  const api = new Api(relay.apiAddress)
  stack.defer(() => api.close())
  const load = stack.use(await startSteadyLoad(relay.port, rate))
  await sleep(5000, undefined, { signal })
  say('pages by every pair of filters')
  const from = performance.timeOrigin + performance.now()
  const middle = Math.floor(open / 2)
  const found = await measurePages(api, { settled: middle, open: middle }, population, signal)
  const accept = await load.during(from, performance.timeOrigin + performance.now())
  say('pages of every other list')
  const domain = (number: number): string => `dest-${number}.example`
  const others = await measureOtherPages({ relay, api, open, domain, signal }, say)
  return [
    below(`pages beside ${rate} messages/s (${found.requests}), p99`, found.p99_ms, 'ms', 50),
    seen('… p50', found.p50_ms, 'ms'),
    seen(`… slowest (${found.worst[0]?.filter ?? ''})`, found.max_ms, 'ms'),
    ...others,
    below(`summary (${found.summary.requests}), p99`, found.summary.p99_ms, 'ms', 100),
    seen('… p50', found.summary.p50_ms, 'ms'),
    seen('250 meanwhile, p99', accept.p99, 'ms'),
    ...(await watch.figures({ allPss: 1000 })),
  ]
}

export const million: Scenario = {
  name: 'million',
  what: '1,000,000 open recipients in 100,000 destinations: a start with all of it due and Redis empty; pages of every list and the summary',
  limitMinutes: 45,
  async run(ground, tell) {
    const { signal, say, shelf, keep } = ground
    await using stack = new AsyncDisposableStack()
    const open = sized(ground, 1_000_000)
    const population = populationOver(sized(ground, destinations))
    const fill = { settled: 0, open, route: 'mx', population, openLines: 3 }
    const filled = await ensureFilledWith(fill, 'mx', shelf, say, signal)
    if (!keep) stack.defer(() => rmSync(filled, { recursive: true, force: true }))
    const dns = stack.use(
      await startRuledDns((domain) => ({
        address: loopbackAddress(net, numberIn(domain) % addresses),
      })),
    )
    const port = await freePort(loopbackAddresses(net, 3))
    let delivered = 0
    stack.use(
      await startSinkHosts(loopbackAddresses(net, addresses), port, {
        onMessage: (recipients) => void (delivered += recipients.length),
      }),
    )
    const delivery = { route: 'mx', port, resolver: dns.resolver }
    const stage = { ground, filled, open, delivery, total: () => Promise.resolve(delivered) }
    tell(await start(stage))
    tell(await pages(stage, population))
  },
}
