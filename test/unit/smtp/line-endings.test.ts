import { describe, expect, test } from 'vitest'
import { withoutReceived } from '../../kit/sample-mail.ts'
import { Conversation } from '../../kit/smtp-conversation.ts'
import { doorForAllTests, type FrontDoor } from './front-door.ts'

const trusted = '127.0.0.2'

let door: FrontDoor
doorForAllTests((opened) => (door = opened), {
  SLUICE_SUBMISSION_LINE_ENDINGS: 'normalize',
  SLUICE_SUBMISSION_MAX_MESSAGE_BYTES: '100000',
  SLUICE_RELAY_TRUSTED_NETWORKS: trusted,
})

async function atData(): Promise<Conversation> {
  const client = await door.loggedIn()
  await client.openTransaction('b@example.net')
  return client
}

describe('line_endings = "normalize", for a client that has logged in', () => {
  test('a bare LF is stored as CRLF, everything else as it was sent', async () => {
    await using client = await atData()
    client.write('Subject: x\nX-A: b\r\n\ncaf\xe9\n..dot\r\n..\r\nend\r\n.\r\n')
    const { bytes } = await door.stored(await client.reply())
    expect(withoutReceived(bytes).toString('latin1')).toBe(
      'Subject: x\r\nX-A: b\r\n\r\ncaf\xe9\r\n.dot\r\n.\r\nend\r\n',
    )
  })

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
  ])('only CRLF dot CRLF ends the message, and what looks like it is refused: %j', async (end) => {
    await using client = await atData()
    client.write(`Subject: x\r\n\r\none${end}MAIL FROM:<evil@example.org>\r\nRSET\r\n`)
    client.write('\r\n.\r\n')
    await client.expect(/^550 5\.6\.0 /)
    // had it ended the data, the smuggled commands would have been answered, too
    await client.command('NOOP', /^250 2\.0\.0 OK$/)
  })

  test('the size that counts is that of what is stored', async () => {
    await using client = await atData()
    client.write(`${'\n'.repeat(60_000)}\r\n.\r\n`)
    await client.expect(/^552 5\.3\.4 /)
  })

  test('a bare LF ends no command', async () => {
    await using client = await door.loggedIn()
    client.write('NOOP\n')
    await client.expect(/^500 5\.5\.2 /)
  })
})

test('a trusted network, in which strangers’ software may be, gets no such service', async () => {
  const port = door.port('starttls')
  await using client = await Conversation.connect('127.0.0.1', port, false, trusted)
  await client.expect(/^220 /)
  await client.ehlo()
  await client.openTransaction('b@example.net')
  client.write('Subject: x\n\r\n.\r\n')
  await client.expect(/^550 5\.6\.0 message holds a bare LF/)
})
