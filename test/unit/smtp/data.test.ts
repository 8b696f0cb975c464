import { describe, expect, test } from 'vitest'
import { largeMail, withoutReceived } from '../../kit/sample-mail.ts'
import { onTheWire, type Conversation } from '../../kit/smtp-conversation.ts'
import { doorForAllTests, type FrontDoor } from './front-door.ts'
import { readEvents } from '../../kit/read-events.ts'

let door: FrontDoor
doorForAllTests((opened) => (door = opened), { SLUICE_SUBMISSION_MAX_MESSAGE_BYTES: '3000000' })

async function atData(): Promise<Conversation> {
  const client = await door.loggedIn()
  await client.openTransaction('b@example.net')
  return client
}

describe('bytes are stored exactly as sent, behind one Received line of ours', () => {
  test.each<[string, Buffer]>([
    ['a plain message', Buffer.from('Subject: x\r\n\r\nbody\r\n')],
    ['8-bit header and body', Buffer.from('Subject: caf\xe9\xff\r\n\r\n\x80\x81\r\n', 'latin1')],
    ['dots at line starts', Buffer.from('.x: y\r\n\r\n.\r\n..\r\n...a\r\n. b\r\n')],
    ['no header', Buffer.from('\r\nbody\r\n')],
    ['no blank line', Buffer.from('__proto__: x\r\nsecond: y\r\n')],
    ['nothing', Buffer.alloc(0)],
    ['a line of 5,000 octets', Buffer.from(`Subject: x\r\n\r\n${'a'.repeat(5000)}\r\n`)],
    ['2,000 header lines', Buffer.from(`${'X-A: b\r\n'.repeat(2000)}\r\nbody\r\n`)],
    ['2 MB', largeMail('large', 2_000_000)],
  ])('%s', async (_, bytes) => {
    await using client = await door.loggedIn()
    const stored = (await door.stored(await client.submit({ to: 'b@example.net', bytes }))).bytes
    expect(withoutReceived(stored).equals(bytes)).toBe(true)
  })

  test('a first line that is no field is not taken into our line, and begins the body', async () => {
    await using client = await door.loggedIn()
    for (const bytes of [' forged\r\n', '\tby forged;\r\n', 'From a@b Mon\r\nSubject: x\r\n']) {
      const { message, bytes: stored } = await door.stored(
        await client.submit({ to: 'b@example.net', bytes }),
      )
      expect(withoutReceived(stored).toString()).toBe(`\r\n${bytes}`)
      expect(message.sizeBytes).toBe(stored.length)
      expect(message.subject).toBeNull()
    }
  })

  test('however the octets are cut into segments', async () => {
    await using client = await atData()
    const bytes = Buffer.from('Subject: x\r\n\r\n.one\r\n..\r\ntwo\r\n')
    for (const octet of onTheWire(bytes)) client.write(Buffer.from([octet]))
    const { bytes: stored } = await door.stored(await client.reply())
    expect(withoutReceived(stored).equals(bytes)).toBe(true)
  })

  test('the Received line tells how it came, and the recipient where there is one', async () => {
    await using client = await door.loggedIn()
    const one = await door.stored(await client.submit({ to: 'b@example.net' }))
    expect(one.bytes.toString()).toMatch(
      new RegExp(
        `^Received: from client\\.test \\(\\[127\\.0\\.0\\.1\\]\\)\\r\\n` +
          `\\tby relay\\.test \\(Sluice\\) with ESMTPSA id ${one.message.id}\\r\\n` +
          `\\tfor <b@example\\.net>;\\r\\n\\t\\w{3}, \\d+ \\w{3} \\d{4} [\\d:]{8} \\+0000\\r\\n`,
      ),
    )
    const two = await door.stored(await client.submit({ to: ['b@example.net', 'c@example.net'] }))
    expect(two.bytes.toString()).not.toContain('example.net')
  })

  test('what a client calls itself can not write into it', async () => {
    await using client = await door.connect('implicit')
    await client.command('EHLO x(y)\tz;<q>', /^501 5\.5\.2 /)
    await client.command('EHLO x(y)z;<q>', /^250/)
    await client.login({ account: 'alice', password: 'correct horse' })
    const { bytes } = await door.stored(await client.submit({ to: 'b@example.net' }))
    expect(bytes.toString()).toMatch(/^Received: from unknown \(\[127/)
  })
})

describe('only CRLF dot CRLF ends the data, and stray octets are refused after it', () => {
  test.each([
    '\n.\n',
    '\n.\r\n',
    '\r\n.\n',
    '\r.\r',
    '\r.\n',
    '\r.\r\n',
    '\n.\r',
    '\r\n.\r',
    '\r\r\n.\r\r\n',
    '\r\n.\r\r\n',
    '\r\n\0.\r\n',
    '\r\n.\0\r\n',
  ])('%j', async (smuggled) => {
    await using client = await atData()
    client.write(`Subject: x\r\n\r\none${smuggled}MAIL FROM:<evil@example.org>\r\nRSET\r\n`)
    client.write('\r\n.\r\n')
    await client.expect(/^550 5\.6\.0 /)
    // had it ended the data, the smuggled commands would have been answered, too
    await client.command('NOOP', /^250 2\.0\.0 OK$/)
    expect(
      (await readEvents(door.reader, 0, 1000)).filter(({ data }) => data['from'] === 'evil'),
    ).toEqual([])
  })

  test('a stray octet that comes after pieces went ahead is refused, too', async () => {
    await using client = await atData()
    client.write(largeMail('large', 1_000_000)).write('a\nb\r\n.\r\n')
    await client.expect(/^550 5\.6\.0 /)
    expect(await client.submit({ to: 'b@example.net' })).toMatch(/^250 2\.0\.0 queued as /)
  })
})

describe('size', () => {
  test('what MAIL says is too large is 552 at once', async () => {
    await using client = await door.loggedIn()
    await client.command('MAIL FROM:<a@example.org> SIZE=3000001', /^552 5\.3\.4 /)
    await client.command('MAIL FROM:<a@example.org> SIZE=3000000', /^250/)
  })

  test('what turns out too large is 552 after the dot, and the session goes on', async () => {
    await using client = await door.loggedIn()
    const reply = await client.submit({ to: 'b@example.net', bytes: largeMail('x', 5_000_000) })
    expect(reply).toMatch(/^552 5\.3\.4 /)
    expect(await client.submit({ to: 'b@example.net' })).toMatch(/^250 /)
  })

  test('stuffed dots do not count', async () => {
    await using client = await door.loggedIn()
    const bytes = '.\r\n'.repeat(1_000_000)
    expect(await client.submit({ to: 'b@example.net', bytes })).toMatch(/^250 /)
  })
})

describe('the header is looked at, within bounds', () => {
  test('Message-ID, Subject and tag are found, unfolded and cut', async () => {
    await using client = await door.loggedIn()
    const bytes = [
      'message-id: <1@example.org>',
      `Subject: a\r\n b ${'x'.repeat(300)}`,
      'X-Sluice-Tag: newsletter',
      'Subject: second',
      '',
      'X-Sluice-Tag: not this one',
      '',
    ].join('\r\n')
    const { message } = await door.stored(await client.submit({ to: 'b@example.net', bytes }))
    expect(message.messageIdHeader).toBe('<1@example.org>')
    expect(message.subject).toBe(`a b ${'x'.repeat(252)}`)
    expect(message.tag).toBe('newsletter')
  })

  test('49 Received lines pass, 50 are a loop: 554', async () => {
    await using client = await door.loggedIn()
    const passed = (times: number): string =>
      `${'Received: from x\r\n\tby y\r\n'.repeat(times)}\r\nbody\r\n`
    expect(await client.submit({ to: 'b@example.net', bytes: passed(49) })).toMatch(/^250 /)
    expect(await client.submit({ to: 'b@example.net', bytes: passed(50) })).toMatch(/^554 5\.4\.6 /)
  })

  test('a header of 2.9 MB is taken as it is', async () => {
    await using client = await door.loggedIn()
    const bytes = Buffer.from(`Subject: big\r\nX-Long: ${'y'.repeat(2_900_000)}\r\n\r\nbody\r\n`)
    const { bytes: stored } = await door.stored(await client.submit({ to: 'b@example.net', bytes }))
    expect(withoutReceived(stored).equals(bytes)).toBe(true)
  })
})

test('commands that follow the dot at once are run in order (RFC 2920)', async () => {
  await using client = await atData()
  client.write('x\r\n.\r\nMAIL FROM:<c@example.org>\r\nRCPT TO:<d@example.net>\r\nQUIT\r\n')
  await client.expect(/^250 2\.0\.0 queued as /)
  await client.expect(/^250 2\.1\.0 /)
  await client.expect(/^250 2\.1\.5 /)
  await client.expect(/^221 2\.0\.0 /)
})

test('a client that goes away in the midst of a large message leaves nothing behind', async () => {
  const before = (await door.reader.ledger()).accepted
  await using client = await atData()
  client.write(largeMail('gone', 1_000_000))
  client.destroy()
  await using next = await door.loggedIn()
  expect(await next.submit({ to: 'b@example.net' })).toMatch(/^250 /)
  expect((await door.reader.ledger()).accepted).toBe(before + 1)
})
