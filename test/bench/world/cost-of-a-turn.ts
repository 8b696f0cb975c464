/**
 * What a finished job costs delivery while ever more providers wait for a connection: all its CPU time, and beside it what
 * the scheduler alone takes. The same job, whoever else waits, is one recipient at a domain of its own, which is accepted,
 * looked up, put into a lane and delivered: for each that is done a new one comes. The stock is the same amount of mail for
 * fewer or more domains, so that a lane has many jobs or one, and shows what it saves to have many.
 */
import { measureTurns } from '../cost-of-a-turn.ts'
import { cpuSecondsOf } from '../proc.ts'
import { startBulkLoad } from './bulk-load.ts'
import { startRuledDns } from './dns.ts'
import { atMost, seen } from './figure.ts'
import { startSinkHosts } from './hosts.ts'
import { freePort } from '../ports.ts'
import { loopbackAddress, loopbackAddresses, numberIn } from './names.ts'
import { Refill } from './refill.ts'
import { clientAddresses, startWorldRelay, type WorldRelay } from './relay.ts'
import { secondsUntil, sized, type Ground, type Scenario } from './scenario.ts'

const waiting = [100, 2000, 10_000, 40_000]
const net = 5
const addresses = 50
const connections = 50
/** So long that delivery has time to spare: a job must wait for a connection, not for the processor. */
const dotMs = 200
const jobsMeasured = 4000
/** Not counted: by then code is compiled, and what came in has been sorted. */
const jobsBefore = 4000
const recipientsPerMessage = 1000
const limitSeconds = 150

type Tell = Parameters<Scenario['run']>[1]

/** Hosts that take one message each time, so that a job costs a connection whoever else waits. */
interface Stage {
  relay: WorldRelay
  asked: () => number
  delivered: () => number
  ground: Ground
}

const name = (providers: number): string => providers.toLocaleString('en-US')

/** CPU time of delivery for each message that was delivered, in milliseconds, over the next of them. */
async function cpuOfAJob({ relay, delivered, ground }: Stage, jobs: number): Promise<number> {
  const pid = relay.pidOf('delivery')
  if (pid === null) throw new Error('delivery does not run')
  const [cpu, before] = [cpuSecondsOf([pid]), delivered()]
  const looks = { start: performance.now(), limitSeconds, everyMs: 50, signal: ground.signal }
  if ((await secondsUntil(() => delivered() - before >= jobs, looks)) === null) {
    throw new Error(`only ${delivered() - before} of ${jobs} messages were delivered`)
  }
  return ((cpuSecondsOf([pid]) - cpu) * 1000) / (delivered() - before)
}

/** Until every domain was looked up, and nothing more is asked: from there on all of them wait for their turn. */
async function untilLookedUp({ asked, ground }: Stage, providers: number): Promise<void> {
  let last = { questions: -1, at: 0 }
  const isQuiet = (): boolean => {
    const now = performance.now()
    if (asked() !== last.questions) last = { questions: asked(), at: now }
    return asked() >= providers && now - last.at > 1000
  }
  const looks = { start: performance.now(), limitSeconds, everyMs: 50, signal: ground.signal }
  if ((await secondsUntil(isQuiet, looks)) === null) throw new Error('not all were looked up')
}

type Mail = 'same' | 'stock'

async function measureRelay(ground: Ground, providers: number, mail: Mail): Promise<number> {
  await using stack = new AsyncDisposableStack()
  const zone = (domain: string) => ({ address: loopbackAddress(net, numberIn(domain) % addresses) })
  const dns = stack.use(await startRuledDns(zone))
  const hosts = loopbackAddresses(net, addresses)
  const port = await freePort(hosts)
  let delivered = 0
  const onMessage = (recipients: readonly string[]): void => void (delivered += recipients.length)
  stack.use(await startSinkHosts(hosts, port, { dotMs, oneEach: true, onMessage }))
  const delivery = { route: 'mx', port, resolver: dns.resolver, connections }
  const folder = `${ground.folder}/${mail}-${providers}`
  const relay = stack.use(await startWorldRelay(folder, delivery, ground.signal))
  const stage = { relay, asked: () => dns.questions, delivered: () => delivered, ground }
  const from = { port: relay.port, localAddress: clientAddresses[0], domain: 'd#.turn.example' }
  const recipients = Math.min(recipientsPerMessage, providers)
  // Of a stock some go out while the others are looked up, at most as many as the connections let through.
  const stock = mail === 'stock' ? 3 * jobsMeasured + providers : providers
  const messages = Math.ceil(stock / recipients)
  const bulk = { ...from, messages, recipients, sessions: 4, domains: providers }
  const load = stack.use(startBulkLoad(bulk))
  await load.done
  await untilLookedUp(stage, providers)
  const signal = ground.signal
  const waiting = messages * recipients
  const refill =
    mail === 'same'
      ? stack.use(new Refill({ ...from, waiting, delivered: stage.delivered, signal }))
      : null
  await cpuOfAJob(stage, jobsBefore)
  const cost = await cpuOfAJob(stage, jobsMeasured)
  refill?.check()
  ground.say(`${mail}, ${name(providers)} providers: ${cost.toFixed(2)} ms, ${delivered} delivered`)
  return cost
}

/** The dearest by that of the fewest providers. */
async function measureAll(ground: Ground, mail: Mail, what: string, tell: Tell): Promise<number> {
  const costs: number[] = []
  for (const all of waiting) {
    const providers = sized(ground, all)
    const ms = await measureRelay(ground, providers, mail)
    costs.push(ms)
    tell([seen(`${what}, ${name(providers)} providers`, ms, 'ms')])
  }
  return Math.max(...costs) / (costs[0] ?? NaN)
}

export const costOfATurn: Scenario = {
  name: 'cost-of-a-turn',
  what: 'CPU of delivery for a finished job while 100, 2,000, 10,000, 40,000 providers wait for 50 connections',
  limitMinutes: 20,
  async run(ground, tell) {
    const same = await measureAll(ground, 'same', 'the same job', tell)
    tell([atMost('the dearest by that of the fewest providers', same, '', 1.2)])
    const stock = await measureAll(ground, 'stock', 'a job of the same stock', tell)
    tell([
      seen('the dearest by that of the fewest providers', stock),
      ...measureTurns(waiting).map(({ providers, ns }) =>
        seen(`the scheduler, ${name(providers)} wait`, ns / 1000, 'µs'),
      ),
    ])
  },
}
