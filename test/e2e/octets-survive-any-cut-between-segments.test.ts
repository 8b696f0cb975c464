import { expect, test } from 'vitest'
import { startRelay } from '../kit/relay.ts'
import { startRemote } from '../kit/remote.ts'
import { withoutReceived } from '../kit/sample-mail.ts'
import { onTheWire } from '../kit/smtp-conversation.ts'

const message = Buffer.from('Subject: cut\r\n\r\n..a\r\n.\r\n.b\r\n\r\n.\r\n')

test('a message cut anywhere, even octet by octet, arrives whole', async () => {
  await using remote = await startRemote()
  await using relay = await startRelay({ route: remote.route })
  await using client = await relay.smtp()
  const wire = onTheWire(message)
  const cuts = [1, 2, 3, 5, 7, wire.length - 1, wire.length - 2, wire.length - 3, wire.length - 4]
  for (const size of cuts) {
    await client.openTransaction('user@dest.test')
    for (let at = 0; at < wire.length; at += size) {
      client.write(wire.subarray(at, at + size))
      // A round trip through the event loop, so that each piece is a segment of its own.
      await new Promise((resolve) => setImmediate(resolve))
    }
    await client.expect(/^250 2\.0\.0 /)
  }
  await remote.untilAccepted(cuts.length)
  for (const { bytes } of remote.messages) {
    expect(withoutReceived(bytes).toString('latin1')).toBe(message.toString('latin1'))
  }
  await relay.until({ delivered: cuts.length })
  expect(await relay.summary()).toEqual({ accepted: cuts.length, delivered: cuts.length })
})
