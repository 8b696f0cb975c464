/** Very many domains that work, one mail each: whoever writes to one more must not wait behind them. */
import { freePort } from '../ports.ts'
import { startBulkLoad } from './bulk-load.ts'
import { startRuledDns } from './dns.ts'
import { atMost, seen } from './figure.ts'
import { startSinkHosts } from './hosts.ts'
import { loopbackAddress, loopbackAddresses, numberIn, parentOf } from './names.ts'
import { RelayWatch } from './relay-watch.ts'
import { clientAddresses, startWorldRelay } from './relay.ts'
import { secondsUntil, sized, type Scenario } from './scenario.ts'
import { SteadyMail } from './steady-mail.ts'

const addresses = 200
const net = 1
const limitSeconds = 240

export const manyDomains: Scenario = {
  name: 'many-domains',
  what: '20,000 domains that work, each with MX hosts of its own, one mail each as fast as it is taken; each 500 ms a mail to a new domain',
  limitMinutes: 8,
  async run(ground, tell) {
    const { signal, say } = ground
    await using stack = new AsyncDisposableStack()
    const dns = stack.use(
      await startRuledDns((domain) => {
        const number = numberIn(domain)
        if (Number.isNaN(number)) return null
        return { address: loopbackAddress(net, number % addresses) }
      }),
    )
    const port = await freePort(loopbackAddresses(net, 3))
    let delivered = 0
    const steady: SteadyMail[] = []
    stack.use(
      await startSinkHosts(loopbackAddresses(net, addresses), port, {
        onMessage: (recipients) => {
          for (const to of recipients) {
            if (parentOf(to) === 'many.example') delivered += 1
            else for (const each of steady) each.arrived(to)
          }
        },
      }),
    )
    const delivery = { route: 'mx', port, resolver: dns.resolver }
    const relay = stack.use(await startWorldRelay(ground.folder, delivery, signal))
    const watch = stack.use(new RelayWatch(relay))
    const [bulkSender, otherSender] = clientAddresses
    const messages = sized(ground, 20_000)
    const other = new SteadyMail({
      ...{ port: relay.port, localAddress: otherSender, everyMs: 500, name: 'other' },
      domain: (number) => `n${number}.new.example`,
    })
    steady.push(other)
    stack.defer(() => other.stop(0))
    const start = performance.now()
    const bulk = stack.use(
      startBulkLoad({
        ...{ port: relay.port, localAddress: bulkSender, messages, recipients: 1 },
        ...{ sessions: 20, domain: 'd#.many.example' },
      }),
    )
    const progress = setInterval(
      () => say(`${delivered} delivered; to new domains: ${other.latest}`),
      10_000,
    )
    stack.defer(() => clearInterval(progress))
    const { seconds } = await bulk.done
    say(`all accepted after ${seconds.toFixed(0)} s`)
    const looks = { start, limitSeconds, signal }
    const took = await secondsUntil(() => delivered >= messages, looks)
    tell([
      seen('all accepted after', seconds, 's'),
      seen('all delivered after', took ?? limitSeconds, 's', { more: took === null }),
      seen('delivered at the end', delivered),
      atMost('copies', Math.max(0, delivered - messages), '', 0),
    ])
    await other.stop(5000)
    tell([...other.figures('mail to a new domain', 1), ...(await watch.figures({ allPss: 700 }))])
  },
}
