/** A backlog of one account before a single message of another, in the one lane of a slow smarthost. */
import { addAccount } from '../../kit/admit.ts'
import { Conversation, type Login } from '../../kit/smtp-conversation.ts'
import { freePort } from '../ports.ts'
import { atMost, seen } from './figure.ts'
import { startSinkHosts } from './hosts.ts'
import { RelayWatch } from './relay-watch.ts'
import { startWorldRelay, type WorldRelay } from './relay.ts'
import { secondsUntil, sized, type Scenario } from './scenario.ts'

const address = '127.9.1.1'
const dotMs = 200
const backlog = 3000
/** Messages of the other account, one after the other. */
const singles = 5
const limitSeconds = 90

async function logIn(relay: WorldRelay, login: Login): Promise<Conversation> {
  const client = await Conversation.connect('127.0.0.1', relay.port)
  await client.expect(/^220 /)
  await client.ehlo()
  await client.startTls()
  await client.ehlo()
  await client.login(login)
  return client
}

export const twoSenders: Scenario = {
  name: 'two-senders',
  what: '3,000 messages of one account wait for a smarthost whose dot takes 200 ms; then single messages of another account',
  limitMinutes: 6,
  async run(ground, tell) {
    const { signal, say } = ground
    await using stack = new AsyncDisposableStack()
    const port = await freePort([address])
    let taken = 0
    // Not before the whole backlog waits: a slow machine would see it gone by then.
    const open = Promise.withResolvers<undefined>()
    /** Which message of all it was, by recipient. */
    const places = new Map<string, number>()
    stack.use(
      await startSinkHosts([address], port, {
        open: open.promise,
        dotMs,
        onMessage: (recipients) => {
          taken += 1
          for (const to of recipients) if (to.startsWith('single-')) places.set(to, taken)
        },
      }),
    )
    const route = `smtp://${address}:${port}`
    const relay = stack.use(await startWorldRelay(ground.folder, { route }, signal))
    const watch = stack.use(new RelayWatch(relay))
    const bulkLogin = await addAccount(relay.dataDir, 'newsletter', 'none')
    const clients = await Promise.all([1, 2, 3, 4].map(() => logIn(relay, bulkLogin)))
    for (const client of clients) stack.use(client)
    const count = sized(ground, backlog)
    let next = 0
    await Promise.all(
      clients.map(async (client) => {
        while (next < count) {
          signal.throwIfAborted()
          const number = next++
          const to = `u${number}@d${number % 500}.example`
          await client.submit({ from: 'news@customer.example', to })
        }
      }),
    )
    open.resolve(undefined)
    const other = stack.use(
      await logIn(relay, await addAccount(relay.dataDir, 'password-reset', 'none')),
    )
    const waits: { sent: number; seconds: number; isIn: boolean }[] = []
    for (let number = 0; number < singles && count - taken > 10; number++) {
      const to = `single-${number}@else.example`
      await other.submit({ from: 'reset@customer.example', to })
      const before = taken
      say(`single message ${number + 1} accepted; ${count - taken} of the backlog wait`)
      const looks = { start: performance.now(), limitSeconds, everyMs: 10, signal }
      const seconds = await secondsUntil(() => places.has(to), looks)
      const sent = (places.get(to) ?? taken + 1) - 1 - before
      waits.push({ sent, seconds: seconds ?? limitSeconds, isIn: seconds !== null })
    }
    const isMore = waits.some(({ isIn }) => !isIn)
    const most = waits.length > 0 ? Math.max(...waits.map(({ sent }) => sent)) : null
    const slowest = waits.length > 0 ? Math.max(...waits.map(({ seconds }) => seconds)) : null
    tell([
      atMost(
        'others sent between a single message’s 250 and its own delivery, most',
        most,
        '',
        40,
        {
          more: isMore,
        },
      ),
      seen('… in seconds', slowest, 's', { more: isMore }),
      seen('single messages', waits.length),
      ...(await watch.figures({})),
    ])
  },
}
