import { expect, test } from 'vitest'
import { startRelay, type Relay } from '../kit/relay.ts'
import { largeMail, plainMail } from '../kit/sample-mail.ts'

const megabyte = 1024 * 1024

const received = (count: number): string =>
  'Received: from a.test by b.test; Sun, 22 Nov 2026 00:00:00 +0000\r\n'.repeat(count)

/** Bytes of DATA, the reply they get. */
const refused: [string, string | Buffer, RegExp][] = [
  ['a bare LF', 'Subject: a\r\n\r\nline\nline\r\n', /^[45]\d\d /],
  ['a bare CR', 'Subject: a\r\n\r\nline\rline\r\n', /^550 5\.6\.\d+ /],
  ['a NUL', 'Subject: a\r\n\r\nline\0line\r\n', /^550 5\.6\.\d+ /],
  ['a bare CR in the header', 'Subject: a\rBcc: b\r\n\r\nbody\r\n', /^550 5\.6\.\d+ /],
  ['more octets than allowed', largeMail('too large', 3 * megabyte), /^552 5\.3\.4 /],
  ['a header of 30 MB', `X: ${'y'.repeat(70)}\r\n`.repeat(400_000), /^552 5\.3\.4 /],
  ['a loop', `${received(50)}${plainMail('loop')}`, /^554 5\.4\.6 /],
]

const settings = { submission: { max_message_bytes: 2 * megabyte } }

async function sendsAndLives(relay: Relay): Promise<void> {
  await using client = await relay.smtp()
  expect(await client.submit({ to: 'user@dest.test' })).toMatch(/^250 /)
}

test('each bad octet or size in DATA is refused in its own words, the process lives, nothing is kept', async () => {
  await using relay = await startRelay({ settings })
  const pid = relay.pid('smtp')
  for (const [what, bytes, expected] of refused) {
    await using client = await relay.smtp()
    expect(await client.submit({ to: 'user@dest.test', bytes }), what).toMatch(expected)
    await sendsAndLives(relay)
  }
  await relay.until({ delivered: refused.length })
  expect(relay.pid('smtp')).toBe(pid)
  expect(await relay.summary()).toEqual({ accepted: refused.length, delivered: refused.length })
})

test('a size too large is refused at MAIL, an honest one passes', async () => {
  await using relay = await startRelay({ settings })
  await using client = await relay.smtp()
  expect(await client.ehlo()).toMatch(new RegExp(`SIZE ${2 * megabyte}`))
  await client.command(`MAIL FROM:<a@customer.test> SIZE=${2 * megabyte + 1}`, /^552 5\.3\.4 /)
  await client.command(`MAIL FROM:<a@customer.test> SIZE=${megabyte}`, /^250 /)
  await client.command('RSET', /^250 /)
  expect(
    await client.submit({ to: 'user@dest.test', bytes: largeMail('fits', 1.9 * megabyte) }),
  ).toMatch(/^250 /)
  await relay.until({ delivered: 1 })
  expect(await relay.summary()).toEqual({ accepted: 1, delivered: 1 })
})

/** Sent instead of a command after login, and the reply, where there is a line to reply to. */
const nonsense: [string, Buffer, RegExp | null][] = [
  ['a command line of 100 KB', Buffer.from(`NOOP ${'x'.repeat(100_000)}\r\n`), /^5(?:00|21) /],
  ['100 KB without a line end', Buffer.alloc(100_000, 'x'), null],
  ['octets that are no text', Buffer.from([0, 255, 254, 13, 10]), /^5\d\d /],
  ['a TLS greeting in the clear', Buffer.from('160301020001000001fc0303', 'hex'), null],
  ['an HTTP request', Buffer.from('GET / HTTP/1.1\r\nHost: relay.test\r\n\r\n'), /^5\d\d /],
  ['ten thousand commands at once', Buffer.from('NOOP\r\n'.repeat(10_000)), /^(?:250|421|5\d\d) /],
  [
    'a sender of 2,000 octets',
    Buffer.from(`MAIL FROM:<${'x'.repeat(2000)}@b.test>\r\n`),
    /^5\d\d /,
  ],
  ['a line break inside', Buffer.from('MAIL FROM:<a@b.test\rRCPT TO:<x@y.test>\r\n'), /^5\d\d /],
]

test('nonsense instead of commands harms nobody but its sender', async () => {
  await using relay = await startRelay({ settings })
  const pid = relay.pid('smtp')
  for (const [what, bytes, expected] of nonsense) {
    await using client = await relay.smtp()
    client.write(bytes)
    if (expected) expect(await client.reply(), what).toMatch(expected)
    await sendsAndLives(relay)
  }
  await relay.until({ delivered: nonsense.length })
  expect(relay.pid('smtp')).toBe(pid)
  expect(await relay.summary()).toEqual({ accepted: nonsense.length, delivered: nonsense.length })
})
