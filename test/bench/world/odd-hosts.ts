/** Hosts that make one recipient or one connection the fault of all: whoever is not to blame must get the mail. */
import { freePort } from '../ports.ts'
import { recipientsOf, startBulkLoad, type Bulk } from './bulk-load.ts'
import { startRuledDns } from './dns.ts'
import { atMost, seen, type Figure } from './figure.ts'
import { startSinkHosts, startWaryHosts } from './hosts.ts'
import { loopbackAddress, loopbackAddresses, numberIn, parentOf } from './names.ts'
import { RelayWatch } from './relay-watch.ts'
import { clientAddresses, startWorldRelay, type WorldRelay } from './relay.ts'
import { secondsUntil, sized, type Ground, type Scenario } from './scenario.ts'

const hangUpAddress = '127.9.1.1'
const hangUpDomain = 'hang-up.example'
const hangUpMessages = 100
const hangUpRecipients = 20
const net = 6
const waryHosts = 50
const waryMessages = 20
/** Of each message, at each of the hosts. */
const waryRecipients = 3
const retryFirst = '2s'
const limitSeconds = 60

interface Stage {
  relay: WorldRelay
  /** How often each recipient was delivered to. */
  delivered: ReadonlyMap<string, number>
  ground: Ground
}

type List = Pick<Bulk, 'messages' | 'recipients' | 'domain' | 'domains'>

/** One of each message's recipients, in another place each time: the first, a middle one, the last. */
const isHungUpOn = (recipient: string): boolean => {
  if (!recipient.endsWith(`@${hangUpDomain}`)) return false
  const number = Number(/^u(\d+)@/.exec(recipient)?.[1])
  return number % hangUpRecipients === Math.floor(number / hangUpRecipients) % hangUpRecipients
}

/** Sends the list and waits until everybody has it who shall. */
async function send(
  { relay, delivered, ground }: Stage,
  list: List,
  isLeftOut: (recipient: string) => boolean,
): Promise<Figure[]> {
  const all = Array.from({ length: list.messages }, (_, number) => recipientsOf(list, number))
  const expected = all.flat().filter((recipient) => !isLeftOut(recipient))
  const start = performance.now()
  await using load = startBulkLoad({
    ...{ port: relay.port, localAddress: clientAddresses[0], sessions: 4, ...list },
  })
  await load.done
  const missing = (): number => expected.filter((recipient) => !delivered.has(recipient)).length
  const looks = { start, limitSeconds, signal: ground.signal }
  const took = await secondsUntil(() => missing() === 0, looks)
  const copies = expected.reduce((sum, to) => sum + Math.max(0, (delivered.get(to) ?? 0) - 1), 0)
  return [
    atMost(
      `… of ${expected.length.toLocaleString('en-US')} recipients who shall have it, without it`,
      missing(),
      '',
      0,
    ),
    atMost('… delivered more than once', copies, '', 0),
    seen('… all delivered, from the first MAIL', took ?? limitSeconds, 's', {
      more: took === null,
    }),
  ]
}

export const oddHosts: Scenario = {
  name: 'odd-hosts',
  what: 'a host that says 421 to one of the 20 recipients of each message; 50 that put off all of a new client’s first connection',
  limitMinutes: 5,
  async run(ground, tell) {
    const { signal } = ground
    await using stack = new AsyncDisposableStack()
    const hosts = sized(ground, waryHosts)
    const zone = (domain: string) =>
      parentOf(domain) === 'wary.example'
        ? { address: loopbackAddress(net, numberIn(domain)) }
        : { address: hangUpAddress }
    const dns = stack.use(await startRuledDns(zone))
    const port = await freePort([hangUpAddress, ...loopbackAddresses(net, 3)])
    const delivered = new Map<string, number>()
    const onMessage = (recipients: readonly string[]): void => {
      for (const to of recipients) delivered.set(to, (delivered.get(to) ?? 0) + 1)
    }
    let hangUps = 0
    let afterRefusal = 0
    const rcpt = (recipient: string): string => {
      if (!isHungUpOn(recipient)) return '250 2.1.5 ok'
      hangUps += 1
      return '421 4.3.0 not with this one'
    }
    stack.use(await startSinkHosts([hangUpAddress], port, { rcpt, onMessage }))
    const onMailAfterRefusal = (): void => void (afterRefusal += 1)
    const wary = { onMessage, onMailAfterRefusal }
    const waryOnes = stack.use(await startWaryHosts(loopbackAddresses(net, hosts), port, wary))
    const delivery = { route: 'mx', port, resolver: dns.resolver, retry_first: retryFirst }
    const relay = stack.use(await startWorldRelay(ground.folder, delivery, signal))
    const watch = stack.use(new RelayWatch(relay))
    const stage = { relay, delivered, ground }
    const hangUpList = { messages: sized(ground, hangUpMessages), recipients: hangUpRecipients }
    const first = await send(stage, { ...hangUpList, domain: hangUpDomain }, isHungUpOn)
    tell([seen('conversations that a 421 at a recipient ended', hangUps), ...first])
    const waryList = { messages: waryMessages, recipients: waryRecipients * hosts }
    const list = { ...waryList, domain: 'd#.wary.example', domains: hosts }
    const second = await send(stage, list, () => false)
    tell([
      seen(`connections to ${hosts} hosts that put off a new client`, waryOnes.connections),
      atMost('… transactions begun on one on which all were put off', afterRefusal, '', 0),
      ...second,
      ...(await watch.figures({})),
    ])
  },
}
