import { expect, test } from 'vitest'
import { startRelay } from '../kit/relay.ts'
import { startRemote } from '../kit/remote.ts'
import { largeMail, withoutReceived } from '../kit/sample-mail.ts'
import { onTheWire } from '../kit/smtp-conversation.ts'

const everyByte = Buffer.from(Array.from({ length: 256 }, (_, i) => i)).filter(
  (byte) => byte !== 0 && byte !== 0x0a && byte !== 0x0d,
)

/** Each ends with CRLF: in SMTP a message always does (RFC 5321 §4.1.1.4). */
const messages: Record<string, Buffer> = {
  plain: Buffer.from('Subject: a\r\n\r\nbody\r\n'),
  'with 8-bit octets in header and body': Buffer.concat([
    Buffer.from('Subject: '),
    everyByte,
    Buffer.from('\r\n\r\n'),
    everyByte,
    Buffer.from('\r\n'),
  ]),
  'with dots at the starts of lines': Buffer.from(
    'Subject: dots\r\n.in: header\r\n\r\n.\r\n..\r\n...\r\n.a\r\na.\r\n. \r\n\r\n.\r\n',
  ),
  'beginning with a dot': Buffer.from('.\r\n.\r\n'),
  'without a header': Buffer.from('just a line\r\nand another\r\n'),
  'without a body': Buffer.from('Subject: no body\r\n'),
  'that is only a blank line': Buffer.from('\r\n'),
  empty: Buffer.alloc(0),
  'with lines longer than any limit': Buffer.from(
    `Subject: ${'s'.repeat(5000)}\r\n\r\n${'x'.repeat(998)}\r\n${'y'.repeat(70_000)}\r\n`,
  ),
  'with strange header fields': Buffer.from(
    '__proto__: x\r\nconstructor: y\r\nSubject:no space\r\nno colon\r\n folded first\r\nX: \r\n\r\n\r\n',
  ),
  'with blanks at line ends': Buffer.from('Subject: t \r\n\r\n trailing \t\r\n \r\n\t\r\n'),
  'of 2 MB': largeMail('two', 2 * 1024 * 1024),
  'of 25 MB': largeMail('twenty-five', 25 * 1024 * 1024),
}

/** A header without an end gets one (see odd-messages-go-out-as-decided.test.ts); all else arrives as it was sent. */
const endedHeaders: Record<string, string> = {
  'beginning with a dot': '\r\n.\r\n.\r\n',
  'without a header': '\r\njust a line\r\nand another\r\n',
  'with strange header fields':
    '__proto__: x\r\nconstructor: y\r\nSubject:no space\r\n\r\nno colon\r\n folded first\r\nX: \r\n\r\n\r\n',
}

const asItArrives = (name: string): Buffer => {
  const ended = endedHeaders[name]
  return ended === undefined ? (messages[name] ?? Buffer.alloc(0)) : Buffer.from(ended)
}

test('every message arrives octet for octet as it was sent, behind one Received of ours', async () => {
  await using remote = await startRemote()
  await using relay = await startRelay({ route: remote.route })
  await using client = await relay.smtp()
  const names = Object.keys(messages)
  for (const [index, bytes] of Object.values(messages).entries()) {
    expect(await client.submit({ to: `m${index}@dest.test`, bytes })).toMatch(/^250 /)
  }
  await remote.untilAccepted(names.length)
  for (const received of remote.messages) {
    const name = names[Number(/^m(\d+)@/.exec(received.to[0] ?? '')?.[1])] ?? ''
    const sent = asItArrives(name)
    const stored = withoutReceived(received.bytes)
    expect(stored.equals(sent), `the message ${name}`).toBe(true)
    const wire = Buffer.concat([withoutReceived(received.raw), Buffer.from('.\r\n')])
    expect(wire.equals(onTheWire(sent)), `the dots on the wire of the message ${name}`).toBe(true)
  }
  await relay.until({ delivered: names.length })
  expect(await relay.summary()).toEqual({ accepted: names.length, delivered: names.length })
})
