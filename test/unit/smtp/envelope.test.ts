import { describe, expect, test } from 'vitest'
import { doorForAllTests, type FrontDoor } from './front-door.ts'

let door: FrontDoor
doorForAllTests((opened) => (door = opened), {
  SLUICE_SUBMISSION_MAX_RECIPIENTS: '100',
  SLUICE_RELAY_LOCAL_DOMAINS: 'own.test',
  SLUICE_RELAY_DAILY_RECIPIENTS: '3',
})

describe('the greeting', () => {
  test('says that nothing leaves a sandbox', async () => {
    const client = await door.connect()
    expect(client.transcript).toBe('< 220 relay.test ESMTP Sluice (sandbox: nothing leaves)')
    client.destroy()
  })

  test('EHLO offers exactly what is kept', async () => {
    await using client = await door.connect()
    expect((await client.ehlo()).split('\n').slice(1)).toEqual([
      '250-PIPELINING',
      '250-SIZE 27262976',
      '250-8BITMIME',
      '250-SMTPUTF8',
      '250-ENHANCEDSTATUSCODES',
      '250-DSN',
      '250 STARTTLS',
    ])
  })

  test('after HELO there are no extensions', async () => {
    await using client = await door.connect('implicit')
    await client.command('HELO client.test', /^250 /)
    await client.command('MAIL FROM:<a@example.org> SIZE=1', /^555 5\.5\.4 /)
    await client.command('AUTH LOGIN', /^503 /)
  })
})

/** reliability of nmap's list: what an open relay would take from a stranger. */
const relayTests = [
  '<u@x.test>',
  'u@x.test',
  '<u%x.test@relay.test>',
  '<u%x.test@[127.0.0.1]>',
  '<"u@x.test">',
  '<"u%x.test">',
  '<u@x.test@relay.test>',
  '<"u@x.test"@relay.test>',
  '<@relay.test:u@x.test>',
  '<@[127.0.0.1]:u@x.test>',
  '<x.test!u>',
  '<x.test!u@relay.test>',
  '<u@[192.0.2.1]>',
  '<u@own.test>',
  '<postmaster>',
  '<>',
]

describe('a stranger', () => {
  test.each(['<>', '<u@x.test>', '<u@own.test>', '<u@[127.0.0.1]>', '<u@localhost>'])(
    'relays nothing from %s',
    async (sender) => {
      await using client = await door.connect()
      await client.ehlo()
      await client.command(`MAIL FROM:${sender}`, /^530 5\.7\.0 /)
      // all at once would be too many mistakes for one connection
      for (const recipient of relayTests) {
        await client.command(`RCPT TO:${recipient}`, /^503 5\.5\.1 /)
      }
      await client.command('DATA', /^503 /)
    },
  )

  test.each([
    'XCLIENT ADDR=127.0.0.1',
    'PROXY TCP4 10.0.0.1 10.0.0.2 1 25',
    'XFORWARD ADDR=1.2.3.4',
    'INTERNALCMD stopListeners',
  ])('has no command %s', async (command) => {
    await using client = await door.connect()
    await client.ehlo()
    await client.command(command, /^500 5\.5\.2 /)
    await using another = await door.connect()
    await another.ehlo()
  })
})

describe('recipients are taken literally, never parsed again', () => {
  test.each([
    ['<u%x.test@own.test>', 'u%x.test@own.test', 'own.test'],
    ['<"u@x.test"@own.test>', '"u@x.test"@own.test', 'own.test'],
    ['<x.test!u@own.test>', 'x.test!u@own.test', 'own.test'],
    ['<@a.test,@b.test:u@OWN.test>', 'u@OWN.test', 'own.test'],
    ['u@own.test', 'u@own.test', 'own.test'],
    ['<u@own.test.>', 'u@own.test', 'own.test'],
    ['<u@own.test>\tNOTIFY=NEVER', 'u@own.test', 'own.test'],
  ])('%s', async (path, address, destination) => {
    await using client = await door.loggedIn()
    await client.command('MAIL FROM:<a@example.org>', /^250/)
    await client.command(`RCPT TO:${path}`, /^250 2\.1\.5 /)
    await client.command('DATA', /^354/)
    const { message } = await door.stored(await client.write('x\r\n.\r\n').reply())
    expect(message.recipients.map((each) => [each.address, each.destination])).toEqual([
      [address, destination],
    ])
  })

  test.each([
    ['<u@x.test', /^501 5\.5\.4 /],
    ['<somebody>', /^553 5\.1\.3 /],
    ['<"u@x.test">', /^553 5\.1\.3 /],
    ['<u@x.test@own.test>', /^553 5\.1\.3 /],
    ['<u@own.test..>', /^553 5\.1\.3 /],
    ['<u@own.test:25>', /^553 5\.1\.3 /],
    ['<u@x.test> <v@x.test>', /^501 5\.5\.4 /],
    ['<u\0@own.test>', /^501 5\.5\.2 /],
    ['<u\t@own.test>', /^553 5\.1\.3 /],
    ['<"u\t"@own.test>', /^553 5\.1\.3 /],
    ['<>', /^501 5\.5\.4 /],
    ['<u\xff@own.test>', /^553 5\.1\.3 /],
  ])('%j is refused', async (path, reply) => {
    await using client = await door.loggedIn()
    await client.command('MAIL FROM:<a@example.org>', /^250/)
    await client.command(`RCPT TO:${path}`, reply)
  })
})

describe('the transaction', () => {
  test('a second MAIL is 503, and RSET forgets the first', async () => {
    await using client = await door.loggedIn()
    await client.command('MAIL FROM:<a@example.org>', /^250/)
    await client.command('MAIL FROM:<b@example.org>', /^503 5\.5\.1 /)
    await client.command('RSET', /^250 2\.0\.0 /)
    await client.command('RCPT TO:<u@own.test>', /^503 5\.5\.1 /)
    await client.command('MAIL FROM:<b@example.org>', /^250/)
    await client.command('DATA', /^503 5\.5\.1 /)
  })

  test('EHLO forgets it, too, and the login stays', async () => {
    await using client = await door.loggedIn()
    await client.command('MAIL FROM:<a@example.org>', /^250/)
    await client.ehlo()
    await client.command('RCPT TO:<u@own.test>', /^503 /)
    await client.command('MAIL FROM:<>', /^250 2\.1\.0 /)
  })

  test('a recipient given twice is one; its domain has no case, its local part does', async () => {
    await using client = await door.loggedIn()
    const to = ['u@own.test', 'u@OWN.TEST', 'U@own.test']
    const { message } = await door.stored(await client.submit({ to }))
    expect(message.recipients.map(({ address }) => address)).toEqual(['u@own.test', 'U@own.test'])
  })

  test('recipients beyond the maximum are 452 each, and the others get the message', async () => {
    await using client = await door.loggedIn()
    await client.command('MAIL FROM:<a@example.org>', /^250/)
    for (let i = 0; i < 100; i++) await client.command(`RCPT TO:<u${i}@own.test>`, /^250/)
    await client.command('RCPT TO:<u100@own.test>', /^452 4\.5\.3 /)
    await client.command('RCPT TO:<u99@own.test>', /^250/)
    await client.command('DATA', /^354/)
    const { message } = await door.stored(await client.write('x\r\n.\r\n').reply())
    expect(message.recipientCount).toBe(100)
  })
})

describe('SMTPUTF8 is enforced (RFC 6531)', () => {
  const utf8 = (text: string): string => Buffer.from(text).toString('latin1')

  test('an address beyond ASCII needs the parameter: 553 5.6.7', async () => {
    await using client = await door.loggedIn()
    await client.command(utf8('MAIL FROM:<ünï@example.org>'), /^553 5\.6\.7 /)
    await client.command('MAIL FROM:<a@example.org>', /^250/)
    await client.command(utf8('RCPT TO:<u@bücher.test>'), /^553 5\.6\.7 /)
  })

  test('so does an ORCPT beyond ASCII (RFC 6533 §3); its form in ASCII does not', async () => {
    await using client = await door.loggedIn()
    await client.command('MAIL FROM:<a@example.org>', /^250/)
    await client.command(utf8('RCPT TO:<u@own.test> ORCPT=utf-8;ü@own.test'), /^553 5\.6\.7 /)
    await client.command(String.raw`RCPT TO:<u@own.test> ORCPT=utf-8;\x{FC}@own.test`, /^250/)
    await client.command('RSET', /^250/)
    await client.command('MAIL FROM:<a@example.org> SMTPUTF8', /^250/)
    await client.command('RCPT TO:<u@own.test> ORCPT=utf-8;\xff@own.test', /^501 5\.5\.4 /)
    await client.command(utf8('RCPT TO:<u@own.test> ORCPT=utf-8;ü@own.test'), /^250/)
  })

  test('with it the address is kept as it is, its destination as an A-label', async () => {
    await using client = await door.loggedIn()
    const reply = await client.submit({
      from: utf8('ünï@example.org'),
      to: utf8('ä@bücher.own.test'),
      mailParameters: 'SMTPUTF8 BODY=8BITMIME',
    })
    const { message, bytes } = await door.stored(reply)
    expect(message.from).toBe('ünï@example.org')
    expect(message.recipients[0]).toMatchObject({
      address: 'ä@bücher.own.test',
      destination: 'xn--bcher-kva.own.test',
    })
    expect(bytes.toString()).toContain('with UTF8SMTPSA id')
  })
})

test('mail to <postmaster>, in any case, is for the one of this relay (RFC 5321 §4.5.1)', async () => {
  await using client = await door.loggedIn()
  const { message } = await door.stored(await client.submit({ to: 'PostMaster' }))
  expect(message.recipients.map(({ address }) => address)).toEqual(['PostMaster@relay.test'])
})

describe('odd forms of MAIL and RCPT are read generously from a client that may send', () => {
  test.each([
    ['MAIL FROM:a@example.org', 'a@example.org'],
    ['MAIL FROM : <a@example.org>SIZE=10', 'a@example.org'],
    ['MAIL\tFROM:\t<a@example.org>', 'a@example.org'],
    ['MAIL FROM:<a@example.org.> BODY=8BITMIME', 'a@example.org'],
    ['MAIL FROM:<www-data>', 'www-data@relay.test'],
    ['MAIL FROM:root', 'root@relay.test'],
    ['MAIL FROM:<postmaster>', 'postmaster@relay.test'],
  ])('%j', async (command, sender) => {
    await using client = await door.loggedIn()
    await client.command(command, /^250 2\.1\.0 /)
    await client.command('RCPT TO: u@own.test', /^250 2\.1\.5 /)
    await client.command('DATA', /^354/)
    const { message } = await door.stored(await client.write('x\r\n.\r\n').reply())
    expect(message.from).toBe(sender)
    expect(message.recipients.map(({ address }) => address)).toEqual(['u@own.test'])
  })

  test('parameters after HELO are read, too, and checked', async () => {
    await using client = await door.loggedIn()
    await client.command('HELO client.test', /^250 /)
    await client.command('MAIL FROM:<a@example.org> SIZE=99999999', /^552 5\.3\.4 /)
    await client.command('MAIL FROM:<a@example.org> FOO=bar', /^555 5\.5\.4 /)
    await client.command('MAIL FROM:<a@example.org> SIZE=10', /^250 /)
  })

  test('an ORCPT is kept in the form that other hosts expect', async () => {
    await using client = await door.loggedIn()
    await client.command('MAIL FROM:<a@example.org>', /^250/)
    await client.command('RCPT TO:<u@own.test> ORCPT=rfc822;u+2bx=y@x.test', /^250/)
    await client.command('DATA', /^354/)
    const { message } = await door.stored(await client.write('x\r\n.\r\n').reply())
    const keys = message.recipients.map(({ key }) => key)
    const envelope = await door.reader.envelope(message.key, keys)
    expect(envelope?.recipients[0]).toMatchObject({ orcpt: 'rfc822;u+2Bx+3Dy@x.test' })
  })

  test.each([
    'MAIL FROM:a@example.org',
    'MAIL FROM :<a@example.org>',
    'MAIL\tFROM:<a@example.org>',
    'MAIL FROM:<a@example.org>SIZE=1',
    'MAIL FROM:<a@example.org.>',
    'MAIL FROM:<root>',
  ])('never from a stranger: %j', async (command) => {
    await using client = await door.connect()
    await client.ehlo()
    await client.command(command, /^5(?:01|53) /)
    await client.command('RCPT TO:<u@own.test>', /^503 5\.5\.1 /)
  })
})

test('what delivery needs again of MAIL and RCPT is kept', async () => {
  await using client = await door.loggedIn()
  await client.command('MAIL FROM:<a@example.org> RET=HDRS ENVID=abc BODY=8BITMIME', /^250/)
  await client.command('RCPT TO:<u@own.test> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;o@x.test', /^250/)
  await client.command('DATA', /^354/)
  const { message } = await door.stored(await client.write('x\r\n.\r\n').reply())
  const keys = message.recipients.map(({ key }) => key)
  const envelope = await door.reader.envelope(message.key, keys)
  expect(envelope?.esmtp).toEqual({ ret: 'HDRS', envid: 'abc', body8bit: true })
  expect(envelope?.recipients[0]).toMatchObject({
    notify: ['SUCCESS', 'DELAY'],
    orcpt: 'rfc822;o@x.test',
  })
})
