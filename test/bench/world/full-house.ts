/** More providers than connections, each with a backlog: none of them may stand still. */
import { freePort } from '../ports.ts'
import { startBulkLoad } from './bulk-load.ts'
import { startRuledDns } from './dns.ts'
import { atMost, seen } from './figure.ts'
import { startSinkHosts } from './hosts.ts'
import { loopbackAddress, loopbackAddresses, numberIn } from './names.ts'
import { RelayWatch } from './relay-watch.ts'
import { clientAddresses, startWorldRelay } from './relay.ts'
import { secondsUntil, sized, type Scenario } from './scenario.ts'
import { worstServedRatio, type Look } from './served-ratio.ts'

const providers = 40
const net = 3
const dotMs = 100
const connections = 50
const windowSeconds = 10
const watchSeconds = 60
const lookEveryMs = 250
/** Whoever has less left may run out within a window. */
const leastBacklog = 300

export const fullHouse: Scenario = {
  name: 'full-house',
  what: 'delivery.connections = 50 and 40 providers with 2,500 messages each, hosts whose dot takes 100 ms',
  limitMinutes: 8,
  async run(ground, tell) {
    const { signal, say } = ground
    await using stack = new AsyncDisposableStack()
    const dns = stack.use(
      await startRuledDns((domain) => ({ address: loopbackAddress(net, numberIn(domain)) })),
    )
    const addresses = loopbackAddresses(net, providers)
    const port = await freePort(addresses)
    const numbers = new Map(addresses.map((address, number) => [address, number]))
    const served = addresses.map(() => 0)
    stack.use(
      await startSinkHosts(addresses, port, {
        dotMs,
        onMessage: (_, address) => {
          const number = numbers.get(address) ?? 0
          served[number] = (served[number] ?? 0) + 1
        },
      }),
    )
    const delivery = { route: 'mx', port, resolver: dns.resolver, connections }
    const relay = stack.use(await startWorldRelay(ground.folder, delivery, signal))
    const watch = stack.use(new RelayWatch(relay))
    const messages = sized(ground, 2500)
    // Each message goes to all providers, so that all backlogs grow alike.
    const bulk = stack.use(
      startBulkLoad({
        ...{ port: relay.port, localAddress: clientAddresses[0], messages, recipients: providers },
        ...{ sessions: 10, domain: 'd#.house.example', domains: providers },
      }),
    )
    const { seconds } = await bulk.done
    const start = performance.now()
    const looks: Look[] = []
    const isShort = (): boolean => {
      looks.push({ at: (performance.now() - start) / 1000, served: [...served] })
      return messages - Math.max(...served) < leastBacklog
    }
    say(`all accepted after ${seconds.toFixed(0)} s; watching`)
    await secondsUntil(isShort, { start, limitSeconds: watchSeconds, everyMs: lookEveryMs, signal })
    const { ratio, at, windows } = worstServedRatio(looks, windowSeconds)
    const first = looks[0]
    const last = looks.at(-1)
    const counts = addresses.map((_, i) => (last?.served[i] ?? 0) - (first?.served[i] ?? 0))
    const span = (last?.at ?? 0) - (first?.at ?? 0)
    tell([
      atMost(
        `most / least served in any 10 s (${windows} windows, worst at ${at.toFixed(0)} s)`,
        windows > 0 ? ratio : null,
        '',
        1.5,
      ),
      seen(`over all ${span.toFixed(0)} s: most served`, Math.max(...counts)),
      seen('… least served', Math.min(...counts)),
      seen('… messages a second, all providers', counts.reduce((a, b) => a + b, 0) / span),
      seen('accepted before the watch began, each', messages),
      seen('… of these delivered already, most', Math.max(...(first?.served ?? [0]))),
      ...(await watch.figures({})),
    ])
  },
}
