/** Hosts that can't be connected to rest. An operation on anything else must not wake them. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Conversation, idIn } from '../../kit/smtp-conversation.ts'
import { freePort } from '../ports.ts'
import { startBulkLoad } from './bulk-load.ts'
import { startRuledDns, type RuledDns } from './dns.ts'
import { atMost, seen, type Figure } from './figure.ts'
import { startDroppingHosts, startSinkHosts, type Hosts } from './hosts.ts'
import { loopbackAddress, loopbackAddresses, numberIn, parentOf } from './names.ts'
import { queueCounts } from './queue-counts.ts'
import { RelayWatch } from './relay-watch.ts'
import { clientAddresses, startWorldRelay, type WorldRelay } from './relay.ts'
import { secondsUntil, sized, type Ground, type Scenario } from './scenario.ts'

const softAddress = '127.9.1.1'
const bigAddress = '127.9.1.2'
const bigDomain = 'big.example'
const bigMessages = 21
const bigRecipients = 1000
const net = 4
/** More messages for each resting host than it has failures before it rests (`delivery.rest_after_failures`, 10). */
const messagesEach = 30
const watchMs = 6000
/** Longer than the longest pause between two of a host's first failures (5 s). */
const quietMs = 8000
const limitSeconds = 90
/** A host that began to rest first (`delivery.rest`, 5 min) may be tried again after this. */
const leastRestMs = 295_000

interface Stage {
  relay: WorldRelay
  dns: RuledDns
  resting: Hosts
  ground: Ground
}

/** Asks the API for a change. @throws when it is refused */
async function change({ relay }: Stage, path: string, json: unknown = {}): Promise<void> {
  const { status, body } = await relay.api(path, { method: 'POST', json })
  if (status !== 200) throw new Error(`${path}: ${status} ${JSON.stringify(body)}`)
}

/** Connections to the resting hosts in the seconds after something was done. */
async function woken(stage: Stage, done: () => Promise<void>): Promise<number> {
  const before = stage.resting.connections
  await done()
  await sleep(watchMs, undefined, { signal: stage.ground.signal })
  return stage.resting.connections - before
}

async function untilDeferred(stage: Stage, count: number): Promise<void> {
  const { signal } = stage.ground
  const isSo = async (): Promise<boolean> =>
    ((await queueCounts(stage.relay))?.deferred ?? 0) >= count
  const looks = { start: performance.now(), limitSeconds, everyMs: 500, signal }
  if ((await secondsUntil(isSo, looks)) === null) {
    throw new Error(`never ${count} deferred recipients`)
  }
}

/** Resolves when the hosts have had no connection for a while. */
async function untilRest(stage: Stage): Promise<void> {
  const { resting, ground } = stage
  let last = { connections: -1, at: performance.now() }
  const isQuiet = (): boolean => {
    const now = performance.now()
    if (resting.connections !== last.connections)
      last = { connections: resting.connections, at: now }
    return now - last.at > quietMs
  }
  const looks = { start: performance.now(), limitSeconds, signal: ground.signal }
  if ((await secondsUntil(isQuiet, looks)) === null) throw new Error('the hosts never came to rest')
}

async function submitOne({ relay }: Stage, to: string): Promise<string> {
  await using client = await Conversation.connect('127.0.0.1', relay.port)
  await client.expect(/^220 /)
  await client.ehlo()
  return idIn(await client.submit({ to }))
}

async function untilHoldIsOver(stage: Stage, id: string): Promise<void> {
  const isOver = async (): Promise<boolean> => {
    const { body } = await stage.relay.api(`/queue/messages/${id}`)
    const { recipient_counts } = body as { recipient_counts: Record<string, number> }
    return (recipient_counts['held'] ?? 0) === 0
  }
  const { signal } = stage.ground
  const looks = { start: performance.now(), limitSeconds, everyMs: 200, signal }
  if ((await secondsUntil(isOver, looks)) === null) throw new Error('the hold never ended')
}

/** Does each operation and tells what it woke. */
async function operate(
  stage: Stage,
  id: string,
  tell: (figures: readonly Figure[]) => void,
): Promise<void> {
  const one = `/queue/messages/${id}`
  const all = (action: string) =>
    change(stage, '/queue/operations', { action, filter: { destination: bigDomain } })
  const after = async (what: string, done: () => Promise<void>): Promise<void> => {
    const connections = await woken(stage, done)
    stage.ground.say(`${what}: ${connections}`)
    tell([atMost(`connections to resting hosts in 6 s after ${what}`, connections, '', 0)])
  }
  await after('nothing', () => Promise.resolve())
  await after('a retry of one recipient', () => change(stage, `${one}/retry`))
  await change(stage, `${one}/hold`)
  await after('a release of one recipient', () => change(stage, `${one}/release`))
  await after('the end of a hold of one recipient', async () => {
    const until = new Date(Date.now() + 1500).toISOString()
    await change(stage, `${one}/hold`, { until })
    await untilHoldIsOver(stage, id)
  })
  stage.dns.zone = (domain) => ({ address: domain === bigDomain ? bigAddress : zone(domain) })
  await all('hold')
  await after('a release of 21,000 recipients', () => all('release'))
  await after('a retry of 21,000 recipients', () => all('retry'))
}

const zone = (domain: string): string =>
  parentOf(domain) === 'rest.example' ? loopbackAddress(net, numberIn(domain)) : softAddress

export const retryOfOne: Scenario = {
  name: 'retry-of-one',
  what: '200 resting host sets with mail; then a retry, a release, an end of a hold of one recipient elsewhere, and of 21,000',
  limitMinutes: 8,
  async run(ground, tell) {
    const { signal, say } = ground
    await using stack = new AsyncDisposableStack()
    const dns = stack.use(
      await startRuledDns((domain) =>
        domain === bigDomain ? 'servfail' : { address: zone(domain) },
      ),
    )
    const hostSets = sized(ground, 200)
    const port = await freePort([softAddress, bigAddress, ...loopbackAddresses(net, 3)])
    let delivered = 0
    const resting = stack.use(await startDroppingHosts(loopbackAddresses(net, hostSets), port))
    stack.use(await startSinkHosts([softAddress], port, { rcpt: () => '450 4.2.1 later' }))
    stack.use(
      await startSinkHosts([bigAddress], port, {
        onMessage: (recipients) => void (delivered += recipients.length),
      }),
    )
    const delivery = { route: 'mx', port, resolver: dns.resolver }
    const relay = stack.use(await startWorldRelay(ground.folder, delivery, signal))
    const watch = stack.use(new RelayWatch(relay))
    const stage = { relay, dns, resting, ground }
    const [bulkSender] = clientAddresses
    const send = async (bulk: { messages: number; recipients: number; domain: string }) => {
      await using load = startBulkLoad({
        ...{ port: relay.port, localAddress: bulkSender, sessions: 4, domains: hostSets, ...bulk },
      })
      await load.done
    }
    const id = await submitOne(stage, 'one@soft.example')
    await send({ messages: bigMessages, recipients: bigRecipients, domain: bigDomain })
    await untilDeferred(stage, bigMessages * bigRecipients + 1)
    const restsBegan = performance.now()
    await send({ messages: messagesEach, recipients: hostSets, domain: 'd#.rest.example' })
    await untilRest(stage)
    const open = (await queueCounts(relay))?.total ?? 0
    say(`${resting.connections} connections until all rested`)
    tell([
      seen('connections to the hosts until they rested', resting.connections),
      seen('open recipients of the resting hosts', open - 1 - bigMessages * bigRecipients),
    ])
    await operate(stage, id, tell)
    if (performance.now() - restsBegan > leastRestMs) {
      throw new Error('this machine is too slow: the rests were over before the operations were')
    }
    tell([seen('of the 21,000 delivered meanwhile', delivered), ...(await watch.figures({}))])
  },
}
