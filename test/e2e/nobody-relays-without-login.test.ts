import { expect, test } from 'vitest'
import { startRelay } from '../kit/relay.ts'

const base64 = (text: string): string => Buffer.from(text).toString('base64')

/** Recipients by which relays were tricked (with customer.test as the one local domain). */
const recipients = [
  'user@dest.test',
  'user@customer.test',
  'user%dest.test@customer.test',
  '"user@dest.test"@customer.test',
  'dest.test!user@customer.test',
  '@customer.test:user@dest.test',
  'user@[127.0.0.1]',
  'postmaster',
  'postmaster@customer.test',
]
const senders = ['', 'user@customer.test', 'user@localhost', 'user@[127.0.0.1]', 'user@dest.test']

test('before login MAIL is refused with 530, in the clear and under TLS, to whomever', async () => {
  await using relay = await startRelay({
    settings: { relay: { local_domains: ['customer.test'] } },
  })
  for (const tls of ['none', 'starttls', 'implicit'] as const) {
    await using client = await relay.smtp({ tls, as: null })
    for (const from of senders) await client.command(`MAIL FROM:<${from}>`, /^530 5\.7\.0 /)
    await client.command('RSET', /^250/)
    for (const to of recipients) await client.command(`RCPT TO:<${to}>`, /^5\d\d /)
    await client.command('DATA', /^5\d\d /)
  }
  expect(await relay.summary()).toEqual({})
})

test('AUTH is neither offered nor taken in the clear, also from loopback', async () => {
  await using relay = await startRelay()
  await using client = await relay.smtp({ tls: 'none', as: null })
  expect(await client.ehlo()).not.toMatch(/AUTH/)
  const { account, password } = relay.login
  await client.command(`AUTH PLAIN ${base64(`\0${account}\0${password}`)}`, /^53[08] 5\.7\./)
  await client.command('MAIL FROM:<user@customer.test>', /^530 /)
  expect(await relay.summary()).toEqual({})
})

test('a wrong password, an unknown account and broken dialogues are refused, then the connection ends', async () => {
  await using relay = await startRelay()
  const { account } = relay.login
  await using client = await relay.smtp({ as: null })
  await client.command('AUTH CRAM-MD5', /^50[04] /)
  await client.command('AUTH PLAIN =====', /^501 /)
  await client.command('AUTH LOGIN', /^334 /)
  await client.command('*', /^501 /)
  await client.command(`AUTH PLAIN ${base64(`other\0${account}\0x`)}`, /^535 5\.7\.8 /)
  await using second = await relay.smtp({ as: null })
  let reply = ''
  for (let tries = 0; tries < 10 && !reply.startsWith('421'); tries++) {
    reply = await second.send(`AUTH PLAIN ${base64(`\0nobody${tries}\0wrong`)}`).reply()
    expect(reply).toMatch(/^(?:535 5\.7\.8|421) /)
  }
  expect(reply).toMatch(/^(?:421|535) /)
  await second.ended()
  expect(await relay.summary()).toEqual({})
})

test('a login is good for one connection, and once only', async () => {
  await using relay = await startRelay()
  await using client = await relay.smtp()
  await client.command('AUTH LOGIN', /^503 /)
  await client.command('RSET', /^250/)
  await client.command('MAIL FROM:<user@customer.test>', /^250 /)
  await using stranger = await relay.smtp({ as: null })
  await stranger.command('MAIL FROM:<user@customer.test>', /^530 /)
})
