import { expect, test } from 'vitest'
import { startRelay } from '../kit/relay.ts'
import { inTurn, startRemote } from '../kit/remote.ts'
import { headerField } from '../kit/sample-mail.ts'
import { idIn } from '../kit/smtp-conversation.ts'

test('of three recipients one is delivered, one bounced, one tried again, each once', async () => {
  const later = inTurn('450 4.2.1 mailbox busy', '250 2.1.5 ok')
  await using remote = await startRemote({
    rcpt: (address) => {
      if (address.startsWith('gone')) return '550 5.1.1 no such user'
      return address.startsWith('busy') ? later() : '250 2.1.5 ok'
    },
  })
  await using relay = await startRelay({
    route: remote.route,
    settings: { delivery: { retry_first: '200ms' } },
  })
  await using client = await relay.smtp()
  const to = ['good@dest.test', 'gone@dest.test', 'busy@dest.test']
  const id = idIn(await client.submit({ to }))
  await relay.until({ delivered: 3, bounced: 1 })

  expect(remote.accepted.map((message) => [message.from, message.to.toSorted()])).toEqual(
    expect.arrayContaining([
      ['sender@customer.test', ['good@dest.test']],
      ['sender@customer.test', ['busy@dest.test']],
      ['', ['sender@customer.test']],
    ]),
  )
  const dsn = remote.accepted.find(({ from }) => from === '')
  expect(headerField(dsn?.bytes ?? Buffer.alloc(0), 'content-type')).toMatch(/multipart\/report/i)
  expect(dsn?.bytes.toString()).toMatch(/Final-Recipient: rfc822; ?gone@dest\.test/i)
  expect(dsn?.bytes.toString()).not.toMatch(/Final-Recipient: rfc822; ?(?:good|busy)@/i)

  const { body } = await relay.api(`/queue/messages/${id}`)
  expect(body).toMatchObject({
    recipients: [
      { address: 'good@dest.test', status: 'delivered', attempts: 1 },
      {
        address: 'gone@dest.test',
        status: 'bounced',
        last_reply: { code: 550, enhanced: '5.1.1' },
      },
      { address: 'busy@dest.test', status: 'delivered', attempts: 2 },
    ],
  })
  expect(await relay.summary()).toEqual({ accepted: 2, delivered: 3, bounced: 1, deferred: 1 })
})
