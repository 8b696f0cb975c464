import { describe, expect, test } from 'vitest'
import { Conversation } from '../../kit/smtp-conversation.ts'
import { largeMail } from '../../kit/sample-mail.ts'
import { doorForAllTests, type FrontDoor } from './front-door.ts'

let door: FrontDoor
doorForAllTests((opened) => (door = opened))

describe('hostile and clumsy clients get one clear answer, and the process lives', () => {
  test('a command line of 100 KB', async () => {
    await using client = await door.connect()
    client.send(`EHLO ${'x'.repeat(100_000)}`)
    await client.expect(/^500 5\.5\.2 line too long/)
    await client.ehlo()
  })

  test('a command line without end holds no memory and is answered once it ends', async () => {
    await using client = await door.connect()
    for (let i = 0; i < 100; i++) client.write('x'.repeat(10_000))
    client.write('\r\n')
    await client.expect(/^500 5\.5\.2 line too long/)
    await client.ehlo()
  })

  test.each(['GET / HTTP/1.1', '\xff\xfe'])('%j', async (line) => {
    await using client = await door.connect()
    await client.command(line, /^500 5\.5\.2 /)
    await client.ehlo()
  })

  test.each([
    'EHLO \x01',
    'EHLO a\0b',
    'EHLO\ta',
    'MAIL FROM:<a\0@b.test>',
    'AUTH PLAIN \0',
    'NOOP\0',
    'EH\0LO x',
    'M\tAIL FROM:<>',
  ])('a control character in a command: %j (RFC 5321 §4.1.2)', async (line) => {
    await using client = await door.connect()
    await client.command(line, /^501 5\.5\.2 control character/)
    await client.ehlo()
  })

  test.each([
    ['HELP', /^214 2\.0\.0 commands: EHLO /],
    ['HELP MAIL', /^214 /],
    ['EXPN list', /^502 5\.5\.1 /],
    ['ETRN example.org', /^502 5\.5\.1 /],
    ['VRFY postmaster', /^252 /],
  ])('%s, and the dialogue goes on (RFC 5321 §4.2.4)', async (line, reply) => {
    await using client = await door.connect()
    await client.command(line, reply)
    await client.ehlo()
  })

  test('BDAT: what follows it may be content, so none of it is a command', async () => {
    await using client = await door.loggedIn()
    await client.command('MAIL FROM:<a@example.org>', /^250/)
    client.write('BDAT 29 LAST\r\nMAIL FROM:<b@example.org>\r\n\r\n')
    await client.expect(/^502 5\.5\.1 /)
    expect(await client.ended()).toBe('')
  })

  test.each(['NOOP\n', 'NOOP\nQUIT\r\n', '\n', 'EHLO x\nMAIL FROM:<a@example.org>\n'])(
    'a bare LF ends no command: %j',
    async (octets) => {
      for (const segments of [[octets], octets.split('')]) {
        await using client = await door.connect()
        for (const segment of segments) client.write(segment)
        await client.expect(/^500 5\.5\.2 a command ends with CRLF/)
        expect(await client.ended()).toBe('')
      }
    },
  )

  test('TLS where plain text is spoken', async () => {
    await using client = await door.connect()
    client.write('\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03')
    await client.expect(/^500 5\.5\.1 this port begins in plain text/)
    expect(await client.ended()).toBe('')
  })

  test('20 mistakes end the connection with 421', async () => {
    await using client = await door.connect()
    for (let i = 1; i < 20; i++) await client.command('NONSENSE', /^500 /)
    await client.command('NONSENSE', /^500 /)
    await client.expect(/^421 4\.7\.0 too many errors/)
    expect(await client.ended()).toBe('')
  })

  test('lines that are too long are mistakes, whatever command came before', async () => {
    await using client = await door.connect()
    await client.ehlo()
    await client.command('RCPT TO:<b@example.net>', /^5/)
    for (let i = 1; i <= 20; i++) await client.command('x'.repeat(13_000), /^500 5\.5\.[26] /)
    await client.expect(/^421 4\.7\.0 too many errors/)
    expect(await client.ended()).toBe('')
  })

  test('100,000 commands in one write are all answered, in order', async () => {
    await using client = await door.loggedIn()
    await client.command('MAIL FROM:<a@example.org>', /^250 2\.1\.0 /)
    client.write('RCPT TO:<b@example.net>\r\nRCPT TO:<b>\r\n'.repeat(50_000))
    for (let i = 0; i < 50_000; i++) {
      await client.expect(/^250 2\.1\.5 /)
      await client.expect(/^553 5\.1\.3 /)
    }
    await client.command('QUIT', /^221 2\.0\.0 /)
  })

  test('100 commands that bring no message nearer are answered, the next one is 421', async () => {
    await using client = await door.connect()
    const idle = ['EHLO x', 'HELO x', 'NOOP', 'RSET', 'VRFY x']
    client.write(`${idle.join('\r\n')}\r\n`.repeat(30))
    for (let i = 0; i < 100; i++) await client.expect(/^25[02]/)
    await client.expect(/^421 4\.7\.0 too many commands without a message/)
    expect(await client.ended()).toBe('')
  })

  test('an accepted message makes room for as many again', async () => {
    await using client = await door.loggedIn()
    for (let i = 0; i < 2; i++) {
      for (let j = 0; j < 99; j++) await client.command('NOOP', /^250 /)
      expect(await client.submit({ to: 'b@example.net' })).toMatch(/^250 /)
    }
  })

  test('a client that speaks before the banner is served in order', async () => {
    await using client = await Conversation.connect('127.0.0.1', door.port('starttls'))
    client.write('EHLO client.test\r\nNOOP\r\n')
    await client.expect(/^220 /)
    await client.expect(/^250-relay\.test greets \[127\.0\.0\.1\]\n/)
    await client.expect(/^250 2\.0\.0 OK/)
  })

  test('one that vanishes at any point', async () => {
    for (const said of ['', 'EHLO x\r\n', 'EHLO x\r\nSTARTTLS\r\n', 'EHL']) {
      const client = await Conversation.connect('127.0.0.1', door.port('starttls'))
      client.write(said)
      client.destroy()
    }
    const client = await door.loggedIn()
    await client.openTransaction('b@example.net')
    client.write(largeMail('gone', 700_000))
    client.destroy()
    await using last = await door.loggedIn()
    expect(await last.submit({ to: 'b@example.net' })).toMatch(/^250 /)
  })
})

test('IPv6 is listened on, too', async () => {
  await using client = await Conversation.connect('::1', door.port('starttls', 1))
  await client.expect(/^220 /)
  expect(await client.ehlo()).toMatch(/^250-relay\.test greets \[::1\]$/m)
})
