/** A list whose domains can't be looked up: DNS says SERVFAIL to each. Whoever else writes must not feel it. */
import { freePort } from '../ports.ts'
import { startBulkLoad } from './bulk-load.ts'
import { startRuledDns } from './dns.ts'
import { below, seen } from './figure.ts'
import { healthyAddress, parentOf } from './names.ts'
import { queueCounts } from './queue-counts.ts'
import { RelayWatch } from './relay-watch.ts'
import { clientAddresses, startWorldRelay } from './relay.ts'
import { secondsUntil, sized, type Scenario } from './scenario.ts'
import { startSteadyHost, SteadyMail } from './steady-mail.ts'

const recipientsEach = 1000
const limitSeconds = 240

export const deadDns: Scenario = {
  name: 'dead-dns',
  what: '60 messages of 1,000 recipients to 60,000 domains whose DNS says SERVFAIL; a mail each second to a domain that works',
  limitMinutes: 8,
  async run(ground, tell) {
    const { signal, say } = ground
    await using stack = new AsyncDisposableStack()
    const asked = new Set<string>()
    const dns = stack.use(
      await startRuledDns((domain) => {
        if (parentOf(domain) !== 'dead.example') return { address: healthyAddress }
        asked.add(domain)
        return 'servfail'
      }),
    )
    const port = await freePort([healthyAddress])
    const steady: SteadyMail[] = []
    stack.use(await startSteadyHost(healthyAddress, port, steady))
    const delivery = { route: 'mx', port, resolver: dns.resolver }
    const relay = stack.use(await startWorldRelay(ground.folder, delivery, signal))
    const watch = stack.use(new RelayWatch(relay))
    const [bulkSender, otherSender] = clientAddresses
    const send = (name: string, localAddress: string): SteadyMail => {
      const domain = (): string => 'works.example'
      const mail = new SteadyMail({ port: relay.port, localAddress, everyMs: 1000, domain, name })
      stack.defer(() => mail.stop(0))
      steady.push(mail)
      return mail
    }
    const other = send('other', otherSender)
    const same = send('same', bulkSender)
    const messages = sized(ground, 60)
    const expected = messages * recipientsEach
    const start = performance.now()
    const bulk = stack.use(
      startBulkLoad({
        ...{ port: relay.port, localAddress: bulkSender, messages, recipients: recipientsEach },
        ...{ sessions: 4, domain: 'd#.dead.example' },
      }),
    )
    const progress = setInterval(
      () => say(`${deferred} deferred, ${asked.size} asked for; to others: ${other.latest}`),
      10_000,
    )
    stack.defer(() => clearInterval(progress))
    let deferred = 0
    const { seconds } = await bulk.done
    say(`all accepted after ${seconds.toFixed(0)} s`)
    const isDeferred = async (): Promise<boolean> => {
      deferred = Math.max(deferred, (await queueCounts(relay))?.deferred ?? 0)
      return deferred >= expected
    }
    const looks = { start, limitSeconds, everyMs: 500, signal }
    const took = await secondsUntil(isDeferred, looks)
    tell([
      below('all looked up and deferred, from the first MAIL', took ?? limitSeconds, 's', 60, {
        more: took === null,
      }),
      seen('… of that until the last 250', seconds, 's'),
      seen('deferred at the end', deferred),
      seen('domains that DNS was asked for', asked.size),
    ])
    await Promise.all(steady.map((mail) => mail.stop(5000)))
    tell([
      ...other.figures('mail of another sender', 2),
      ...same.figures('mail of the same sender', 2),
      ...(await watch.figures({ deliveryRss: 300, redis: 64 })),
    ])
  },
}
