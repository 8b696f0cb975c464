/** A list whose domains' DNS servers say nothing: tens of thousands of look-ups wait, and each takes seconds to fail. */
import { freePort } from '../ports.ts'
import { startBulkLoad } from './bulk-load.ts'
import { startRuledDns } from './dns.ts'
import { atMost, seen, type Figure } from './figure.ts'
import { healthyAddress, parentOf, type Zone } from './names.ts'
import { queueCounts } from './queue-counts.ts'
import { RelayWatch } from './relay-watch.ts'
import { clientAddresses, startWorldRelay, type WorldRelay } from './relay.ts'
import { secondsUntil, sized, type Ground, type Scenario } from './scenario.ts'
import { startSteadyHost, SteadyMail } from './steady-mail.ts'

const recipientsEach = 1000
const unknownEach = 100
const [bulkSender, otherSender, unknownSender] = clientAddresses
/** A look-up that gets no answer takes some 6 s, and up to 1,100 are under way at a time: about 200 s. */
const limitSeconds = 360

interface Stage {
  relay: WorldRelay
  /** Silent domains that DNS was asked for. */
  asked: ReadonlySet<string>
  ground: Ground
}

const zoneOf =
  (asked: Set<string>): Zone =>
  (domain) => {
    const parent = parentOf(domain)
    if (parent === 'unknown.example') return null
    if (parent !== 'silent.example') return { address: healthyAddress }
    asked.add(domain)
    return 'silence'
  }

/** The recipients in domains that DNS does not know, by status, as the API counts them. */
async function unknownByStatus({ relay }: Stage): Promise<Map<string, number>> {
  const counts = new Map<string, number>()
  const statuses = 'queued,deferred,held,in_flight,delivered,bounced,expired,cancelled'
  const of = `submitter=${encodeURIComponent(`network:${unknownSender}/32`)}&status=${statuses}`
  for (let cursor: string | null = ''; cursor !== null;) {
    const after: string = cursor === '' ? '' : `&cursor=${cursor}`
    const { status, body } = await relay.api(`/queue/messages?${of}${after}`)
    if (status !== 200) throw new Error(`messages: ${status} ${JSON.stringify(body)}`)
    const page = body as {
      data: { recipient_counts: Record<string, number> }[]
      next_cursor: string | null
    }
    for (const [name, count] of page.data.flatMap((one) => Object.entries(one.recipient_counts))) {
      counts.set(name, (counts.get(name) ?? 0) + count)
    }
    cursor = page.next_cursor
  }
  return counts
}

async function sendUnknown({ relay, ground }: Stage): Promise<number> {
  const messages = sized(ground, 10)
  await using load = startBulkLoad({
    ...{ port: relay.port, localAddress: unknownSender, messages, recipients: unknownEach },
    ...{ sessions: 1, domain: 'd#.unknown.example' },
  })
  await load.done
  return messages * unknownEach
}

/** Until DNS was asked for every silent domain, and each of the unknown ones was looked up. */
async function watchLookUps(stage: Stage, silent: number, unknown: number): Promise<Figure[]> {
  const { relay, asked, ground } = stage
  const start = performance.now()
  const waiting = (await queueCounts(relay))?.queued ?? null
  const notAsked = silent - asked.size
  let byStatus = await unknownByStatus(stage)
  const isOver = async (): Promise<boolean> => {
    byStatus = await unknownByStatus(stage)
    return asked.size >= silent && (byStatus.get('deferred') ?? 0) >= unknown
  }
  const looks = { start, limitSeconds, everyMs: 1000, signal: ground.signal }
  const took = await secondsUntil(isOver, looks)
  const of = `of ${unknown.toLocaleString('en-US')} recipients in domains that DNS does not know`
  return [
    seen('waiting recipients when all were accepted', waiting),
    seen('… silent domains that DNS had not been asked for by then', notAsked),
    seen('DNS asked for all, from there', took ?? limitSeconds, 's', { more: took === null }),
    atMost(`${of}, bounced`, byStatus.get('bounced') ?? 0, '', 0),
    atMost('… not looked up and deferred', unknown - (byStatus.get('deferred') ?? 0), '', 0),
  ]
}

export const lookUps: Scenario = {
  name: 'look-ups',
  what: '40,000 recipients in 40,000 domains whose DNS says nothing, 1,000 in domains that it does not know; each second another sender’s mail to a new domain',
  limitMinutes: 10,
  async run(ground, tell) {
    const { signal, say } = ground
    await using stack = new AsyncDisposableStack()
    const asked = new Set<string>()
    const dns = stack.use(await startRuledDns(zoneOf(asked)))
    const port = await freePort([healthyAddress])
    const steady: SteadyMail[] = []
    stack.use(await startSteadyHost(healthyAddress, port, steady))
    const delivery = { route: 'mx', port, resolver: dns.resolver }
    const relay = stack.use(await startWorldRelay(ground.folder, delivery, signal))
    const watch = stack.use(new RelayWatch(relay))
    const other = new SteadyMail({
      ...{ port: relay.port, localAddress: otherSender, everyMs: 1000, name: 'other' },
      domain: (number) => `n${number}.new.example`,
    })
    steady.push(other)
    stack.defer(() => other.stop(0))
    const messages = sized(ground, 40)
    const bulk = stack.use(
      startBulkLoad({
        ...{ port: relay.port, localAddress: bulkSender, messages, recipients: recipientsEach },
        ...{ sessions: 4, domain: 'd#.silent.example' },
      }),
    )
    const progress = setInterval(
      () => say(`${asked.size} asked for; to others: ${other.latest}`),
      10_000,
    )
    stack.defer(() => clearInterval(progress))
    const { seconds } = await bulk.done
    const stage = { relay, asked, ground }
    const unknown = await sendUnknown(stage)
    say(`all accepted after ${seconds.toFixed(0)} s`)
    tell(await watchLookUps(stage, messages * recipientsEach, unknown))
    await other.stop(5000)
    tell([
      // Delivery has no question that it answers at once: its longest silence is at most this
      ...other.figures('another sender’s mail to a new domain', 2),
      ...(await watch.figures({ deliveryRss: 300, redis: 64 })),
    ])
  },
}
