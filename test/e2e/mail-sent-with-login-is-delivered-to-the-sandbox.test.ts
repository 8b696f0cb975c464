import { expect, test } from 'vitest'
import { startRelay } from '../kit/relay.ts'
import { idIn } from '../kit/smtp-conversation.ts'

test('a mail sent with AUTH over STARTTLS and over TLS shows as delivered to the sandbox', async () => {
  await using relay = await startRelay()
  const ids: string[] = []
  for (const tls of ['starttls', 'implicit'] as const) {
    for (const method of ['PLAIN', 'LOGIN'] as const) {
      await using client = await relay.smtp({ tls, method })
      ids.push(idIn(await client.submit({ to: `${tls}-${method.toLowerCase()}@dest.test` })))
    }
  }
  await relay.until({ delivered: 4 })
  for (const id of ids) {
    const { status, body } = await relay.api(`/queue/messages/${id}`)
    expect(status).toBe(200)
    expect(body).toMatchObject({
      id,
      route: 'sandbox',
      from: 'sender@customer.test',
      submitter: { kind: 'account', id: relay.login.account },
      subject: 'hello',
      recipients: [{ destination: 'dest.test', status: 'delivered', attempts: 1, due_at: null }],
    })
  }
  expect(await relay.summary()).toEqual({ accepted: 4, delivered: 4 })
})
