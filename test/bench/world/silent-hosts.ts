/** Hosts that take connections and never say a word: they must not take what others need. */
import { freePort } from '../ports.ts'
import { startBulkLoad } from './bulk-load.ts'
import { startRuledDns } from './dns.ts'
import { seen, type Figure } from './figure.ts'
import { startSilentHosts } from './hosts.ts'
import { healthyAddress, loopbackAddress, loopbackAddresses, numberIn, parentOf } from './names.ts'
import { RelayWatch } from './relay-watch.ts'
import { clientAddresses, startWorldRelay } from './relay.ts'
import { secondsUntil, sized, type Ground, type Scenario } from './scenario.ts'
import { startSteadyHost, SteadyMail } from './steady-mail.ts'

const net = 2
const messagesEach = 5
/** How long the mail to the healthy host is watched after the silent ones have all that they get. */
const watchSeconds = 30

async function runWith(hostSets: number, ground: Ground): Promise<Figure[]> {
  const { signal, say } = ground
  await using stack = new AsyncDisposableStack()
  const dns = stack.use(
    await startRuledDns((domain) =>
      parentOf(domain) === 'silent.example'
        ? { address: loopbackAddress(net, numberIn(domain)) }
        : { address: healthyAddress },
    ),
  )
  const port = await freePort([healthyAddress, ...loopbackAddresses(net, 3)])
  const silent = stack.use(await startSilentHosts(loopbackAddresses(net, hostSets), port))
  const steady: SteadyMail[] = []
  stack.use(await startSteadyHost(healthyAddress, port, steady))
  const folder = `${ground.folder}/${hostSets}`
  const delivery = { route: 'mx', port, resolver: dns.resolver }
  const relay = stack.use(await startWorldRelay(folder, delivery, signal))
  const watch = stack.use(new RelayWatch(relay))
  const [bulkSender, otherSender] = clientAddresses
  const bulk = stack.use(
    startBulkLoad({
      ...{ port: relay.port, localAddress: bulkSender, messages: hostSets * messagesEach },
      ...{ recipients: 1, sessions: 10, domain: 'd#.silent.example', domains: hostSets },
    }),
  )
  const names = [
    ['other', otherSender],
    ['same', bulkSender],
  ] as const
  for (const [name, localAddress] of names) {
    const domain = (): string => 'works.example'
    const mail = new SteadyMail({ port: relay.port, localAddress, everyMs: 1000, domain, name })
    stack.defer(() => mail.stop(0))
    steady.push(mail)
  }
  await bulk.done
  const start = performance.now()
  let most = 0
  const never = (): boolean => {
    most = Math.max(most, silent.open)
    return false
  }
  await secondsUntil(never, { start, limitSeconds: watchSeconds, signal })
  say(`${most} connections to ${hostSets} silent hosts; to others: ${steady[0]?.latest ?? ''}`)
  await Promise.all(steady.map((mail) => mail.stop(3000)))
  const own = (text: string): string => `${hostSets} silent: ${text}`
  return [
    seen(own('most connections to them at one time'), most),
    ...(steady[0]?.figures(own('mail of another sender'), 2) ?? []),
    ...(steady[1]?.figures(own('mail of the same sender'), 2) ?? []),
    ...(await watch.figures({})).map((figure) => ({ ...figure, what: own(figure.what) })),
  ]
}

export const silentHosts: Scenario = {
  name: 'silent-hosts',
  what: '100, then 1,000 host sets that accept and say nothing, 5 messages each; a mail each second to a host that works',
  limitMinutes: 6,
  async run(ground, tell) {
    for (const hostSets of [sized(ground, 100), sized(ground, 1000)]) {
      tell(await runWith(hostSets, ground))
    }
  },
}
