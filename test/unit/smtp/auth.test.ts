import { describe, expect, test } from 'vitest'
import { hashPassword } from '../../../src/accounts/password.ts'
import type { Conversation } from '../../kit/smtp-conversation.ts'
import { alice, doorForAllTests, type FrontDoor } from './front-door.ts'

const base64 = (text: string): string => Buffer.from(text).toString('base64')
const plain = ({ account, password } = alice, as = ''): string =>
  base64(`${as}\0${account}\0${password}`)

let door: FrontDoor
doorForAllTests((opened) => (door = opened), { SLUICE_DELIVERY_ROUTE: 'smtp://192.0.2.1:25' })

/** After STARTTLS and EHLO. */
async function secured(): Promise<Conversation> {
  const client = await door.connect()
  await client.ehlo()
  await client.startTls()
  await client.ehlo()
  return client
}

describe('without TLS', () => {
  test('AUTH is not offered and answered 538, also from loopback', async () => {
    await using client = await door.connect()
    expect(await client.ehlo()).not.toMatch(/AUTH/)
    await client.command(`AUTH PLAIN ${plain()}`, /^538 5\.7\.11 /)
    await client.command('AUTH LOGIN', /^538 5\.7\.11 /)
  })

  test('MAIL is refused with 530, also to a local domain', async () => {
    await using client = await door.connect()
    await client.ehlo()
    await client.command('MAIL FROM:<a@example.org>', /^530 5\.7\.0 /)
    await client.command('RCPT TO:<postmaster@relay.test>', /^503 5\.5\.1 /)
  })
})

describe('under TLS', () => {
  test.each(['PLAIN', 'LOGIN'] as const)('AUTH %s opens the door to MAIL', async (method) => {
    await using client = await secured()
    await client.command('MAIL FROM:<a@example.org>', /^530 5\.7\.0 /)
    await client.login(alice, method)
    await client.command('MAIL FROM:<a@example.org>', /^250 2\.1\.0 /)
  })

  test('PLAIN in two steps, LOGIN with the name at once, and account names in any case', async () => {
    await using one = await secured()
    await one.command('AUTH PLAIN', /^334 ?$/)
    await one.command(plain(), /^235 2\.7\.0 /)
    await using two = await secured()
    await two.command(`AUTH LOGIN ${base64('Alice')}`, /^334 UGFzc3dvcmQ6$/)
    await two.command(base64(alice.password), /^235 /)
  })

  test('only PLAIN and LOGIN are offered; another mechanism is 504', async () => {
    await using client = await door.connect('implicit')
    expect(await client.ehlo()).toMatch(/^250[ -]AUTH PLAIN LOGIN$/m)
    await client.command('AUTH CRAM-MD5', /^504 5\.5\.4 /)
    await client.command('AUTH', /^504 5\.5\.4 /)
  })

  test('a second AUTH, and one during a transaction, is 503', async () => {
    await using client = await door.loggedIn()
    await client.command(`AUTH PLAIN ${plain()}`, /^503 5\.5\.1 /)
    await client.command('MAIL FROM:<a@example.org>', /^250/)
    await client.command(`AUTH PLAIN ${plain()}`, /^503 5\.5\.1 /)
  })

  test('AUTH before EHLO is 503, also when there was an EHLO before STARTTLS', async () => {
    await using client = await door.connect()
    await client.ehlo()
    await client.startTls()
    await client.command(`AUTH PLAIN ${plain()}`, /^503 5\.5\.1 /)
  })

  test.each([
    ['*', /^501 5\.7\.0 /],
    ['not base64!', /^501 5\.5\.2 /],
    [base64('no nul in it'), /^501 5\.5\.2 /],
    [base64('\0alice\0'), /^501 5\.5\.2 /],
    [base64('\0alice\0a\0b'), /^501 5\.5\.2 /],
    ['gIGC', /^501 5\.5\.2 /],
    [plain(alice, 'bob'), /^535 5\.7\.8 /],
  ])('the answer %j to the challenge ends the exchange', async (line, reply) => {
    await using client = await secured()
    await client.command('AUTH PLAIN', /^334/)
    await client.command(line, reply)
    await client.command(`AUTH PLAIN ${plain(alice, 'Alice')}`, /^235/)
  })

  test('a line that spells a command is an answer while an exchange is open', async () => {
    await using client = await secured()
    await client.command('AUTH LOGIN', /^334/)
    await client.command('quit', /^501 5\.5\.2 /)
    await client.command('AUTH PLAIN', /^334/)
    await client.command('AUTH PLAIN', /^501 5\.5\.2 /)
    await client.command('NOOP', /^250 /)
  })

  test('an answer of 12,288 octets is taken', async () => {
    await using client = await secured()
    const long = base64(`\0alice\0${'x'.repeat(9209)}`)
    expect(long.length).toBe(12_288)
    await client.command('AUTH PLAIN', /^334/)
    await client.command(long, /^535 5\.7\.8 /)
  })

  test('a longer one is 500, ends the exchange, and the next line is a command', async () => {
    await using client = await secured()
    await client.command('AUTH PLAIN', /^334/)
    await client.command('x'.repeat(12_289), /^500 5\.5\.6 /)
    await client.command('NOOP', /^250 /)
    await client.command(`AUTH PLAIN ${plain()}`, /^235 /)
  })

  test('the third failure ends the connection with 421', async () => {
    await using client = await secured()
    for (const wrong of ['one', 'two']) {
      await client.command(`AUTH PLAIN ${plain({ ...alice, password: wrong })}`, /^535 5\.7\.8 /)
    }
    await client.command(`AUTH PLAIN ${plain({ ...alice, password: 'three' })}`, /^421 4\.7\.0 /)
    expect(await client.ended()).toBe('')
  })

  test('unknown accounts, impossible names and demo beyond loopback get the answer of a wrong password', async () => {
    await door.putAccount({ account: 'demo', password: 'demo' })
    for (const account of ['nobody', 'a b', '', 'demo']) {
      await using client = await secured()
      const line = base64(`\0${account || '\u00e9'}\0demo`)
      await client.command(`AUTH PLAIN ${line}`, /^535 5\.7\.8 authentication credentials invalid$/)
    }
    expect(door.logged.at(-1)).toMatch(/"account":"demo","why":"demo"/)
  })

  test('a changed password counts at once, and a removed account can neither log in nor send', async () => {
    const bob = { account: 'bob', password: 'first' }
    await door.putAccount(bob)
    await using before = await door.loggedIn(bob)
    const passwordHash = await hashPassword('second')
    await door.client.send({ kind: 'put-account', name: 'bob', passwordHash, create: false })
    await using client = await secured()
    await client.command(`AUTH PLAIN ${plain(bob)}`, /^535 /)
    await client.command(`AUTH PLAIN ${plain({ ...bob, password: 'second' })}`, /^235 /)
    await door.client.send({ kind: 'remove-account', name: 'bob' })
    await before.command('MAIL FROM:<a@example.org>', /^530 5\.7\.0 /)
    await using after = await secured()
    await after.command(`AUTH PLAIN ${plain({ ...bob, password: 'second' })}`, /^535 /)
  })

  test('a login does not survive STARTTLS, and STARTTLS comes once', async () => {
    await using client = await door.loggedIn()
    await client.command('STARTTLS', /^503 5\.5\.1 /)
    await using other = await secured()
    await other.command('STARTTLS', /^503 5\.5\.1 /)
  })

  test('what is sent in clear after STARTTLS is never run (CVE-2011-0411)', async () => {
    await using client = await door.connect()
    await client.ehlo()
    client.write('STARTTLS\r\nEHLO injected.test\r\nNOOP\r\n')
    await client.expect(/^220/)
    await client.secure()
    await client.command('MAIL FROM:<a@example.org>', /^503 5\.5\.1 /)
  })
})

test('no password, no AUTH line and none of its base64 is in the log', () => {
  const log = door.logged.join('\n')
  expect(log).toContain('login_failed')
  for (const secret of [alice.password, plain(), base64(alice.password), base64('Alice')]) {
    expect(log).not.toContain(secret)
  }
})
