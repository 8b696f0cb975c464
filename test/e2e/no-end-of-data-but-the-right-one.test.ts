import { expect, test } from 'vitest'
import { startRelay } from '../kit/relay.ts'
import { startRemote } from '../kit/remote.ts'

/** Sequences that some servers took for the end of DATA (SMTP smuggling): none but CRLF.CRLF may end it. */
const notTheEnd: Record<string, string> = {
  'LF . LF': '\n.\n',
  'LF . CRLF': '\n.\r\n',
  'CRLF . LF': '\r\n.\n',
  'CR . CR': '\r.\r',
  'CR . LF': '\r.\n',
  'CR . CRLF': '\r.\r\n',
  'LF . CR': '\n.\r',
  'CRLF . CR': '\r\n.\r',
  'CR CRLF . CR CRLF': '\r\r\n.\r\r\n',
  'CRLF . CR CRLF': '\r\n.\r\r\n',
  'CRLF NUL . CRLF': '\r\n\0.\r\n',
  'CRLF . NUL CRLF': '\r\n.\0\r\n',
}

test('no other sequence ends DATA, and nothing smuggled behind one is obeyed', async () => {
  await using remote = await startRemote()
  await using relay = await startRelay({ route: remote.route })
  for (const [name, sequence] of Object.entries(notTheEnd)) {
    await using client = await relay.smtp()
    await client.openTransaction('user@dest.test')
    client.write(`Subject: a\r\n\r\nbody${sequence}`)
    client.write('MAIL FROM:<evil@dest.test>\r\nRCPT TO:<victim@dest.test>\r\nDATA\r\n')
    client.write('Subject: smuggled\r\n\r\nevil\r\n.\r\n')
    const reply = await client.reply().catch(() => 'the connection ended')
    expect(reply, name).toMatch(/^(?:5\d\d 5\.\d\.\d|451 |the connection ended)/)
    expect(
      await client
        .send('NOOP')
        .reply()
        .catch(() => 'ended'),
      name,
    ).toMatch(/^250|^ended/)
  }
  await using client = await relay.smtp()
  expect(await client.submit({ to: 'honest@dest.test' })).toMatch(/^250 /)
  await relay.until({ delivered: 1 })
  expect(remote.messages.map(({ to }) => to)).toEqual([['honest@dest.test']])
  expect(await relay.summary()).toEqual({ accepted: 1, delivered: 1 })
})

test('commands behind the final dot in one segment do not become mail of another', async () => {
  await using remote = await startRemote()
  await using relay = await startRelay({ route: remote.route })
  await using client = await relay.smtp()
  await client.openTransaction('user@dest.test')
  client.write('Subject: a\r\n\r\nbody\r\n.\r\nRSET\r\nNOOP\r\n')
  await client.expect(/^250 2\.0\.0 queued/)
  await relay.until({ delivered: 1 })
  expect(remote.messages).toHaveLength(1)
  expect(await relay.summary()).toEqual({ accepted: 1, delivered: 1 })
})

test('what is pipelined behind STARTTLS is thrown away', async () => {
  await using relay = await startRelay({
    settings: { relay: { trusted_networks: ['127.0.0.0/16'] } },
  })
  await using client = await relay.smtp({ tls: 'none', as: null })
  client.write('STARTTLS\r\nMAIL FROM:<injected@dest.test>\r\n')
  await client.expect(/^220 /)
  await client.secure()
  await client.ehlo()
  await client.command('RCPT TO:<user@dest.test>', /^503 /)
  expect(await relay.summary()).toEqual({})
})
