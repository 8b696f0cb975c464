import { expect, test } from 'vitest'
import { startRelay, type Relay } from '../kit/relay.ts'
import type { Conversation } from '../kit/smtp-conversation.ts'

const networks = 20
const clientsOfEach = 5
const guesses = networks * clientsOfEach

const auth = (account: string, password: string): string =>
  `AUTH PLAIN ${Buffer.from(`\0${account}\0${password}`).toString('base64')}`

/** Clients at addresses of many networks, each of which guesses a password of its own. */
async function flood(relay: Relay) {
  const clients: Conversation[] = []
  for (let n = 0; n < guesses; n++) {
    const from = `127.1.${n % networks}.${Math.floor(n / networks) + 1}`
    clients.push(await relay.smtp({ tls: 'implicit', as: null, from }))
  }
  let answered = 0
  const answers = clients.map(async (client, n) => {
    await client.send(auth(`user${n}`, `guess ${n}`)).expect(/^(?:535 5\.7\.8|454 4\.7\.0) /)
    answered++
  })
  const all = Promise.all(answers)
  // Where the test fails before it waits for them
  all.catch(() => undefined)
  return {
    answered: () => answered,
    all,
    [Symbol.dispose]: () => clients.forEach((client) => client.destroy()),
  }
}

/** A client that has said all but the password. */
const ready = (relay: Relay, from: string): Promise<Conversation> =>
  relay.smtp({ tls: 'implicit', as: null, from })

test('an owner at an address that logged in before, and one from a network that did not guess, are checked before most of a hundred guesses', async () => {
  await using relay = await startRelay()
  const { account } = relay.login
  const home = '127.2.0.1'
  await using before = await relay.smtp({ tls: 'implicit', from: home })
  await before.command('QUIT', /^221 /)
  // The new password is remembered of nobody: it is to be compared
  const password = 'another horse'
  expect(await relay.cli(['account', 'passwd', account, '--password-stdin'], `${password}\n`)).toMatchObject({ code: 0 })
  await using owner = await ready(relay, home)
  await using elsewhere = await ready(relay, '127.3.0.1')
  using strangers = await flood(relay)
  await owner.command(auth(account, password), /^235 /)
  expect(strangers.answered()).toBeLessThan(guesses / 4)
  await elsewhere.command(auth(account, password), /^235 /)
  expect(strangers.answered()).toBeLessThan(guesses / 2)
  await strangers.all
}) // prettier-ignore
