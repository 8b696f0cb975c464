import { expect, test } from 'vitest'
import { addApiKey } from '../kit/admit.ts'
import { startRelay } from '../kit/relay.ts'
import { startRemote } from '../kit/remote.ts'
import { largeMail, withoutReceived } from '../kit/sample-mail.ts'
import { idIn } from '../kit/smtp-conversation.ts'

test('an open message can be fetched as it was sent, with the right scope; a delivered one is gone', async () => {
  await using remote = await startRemote({ rcpt: '450 4.2.0 later' })
  await using relay = await startRelay({ route: remote.route })
  await using client = await relay.smtp()
  const bytes = largeMail('content', 700_000)
  const id = idIn(await client.submit({ to: 'user@dest.test', bytes }))
  await relay.until({ deferred: 1 })
  const { status, headers, body } = await relay.api(`/queue/messages/${id}/content`)
  expect(status).toBe(200)
  expect(headers['content-type']).toMatch(/^message\/rfc822/)
  expect(headers['content-disposition']).toMatch(/^attachment/)
  expect(headers['x-content-type-options']).toBe('nosniff')
  expect(withoutReceived(body as Buffer).equals(bytes)).toBe(true)
  const reader = await addApiKey(relay.dataDir, ['queue:read'])
  expect((await relay.api(`/queue/messages/${id}/content`, { key: reader })).status).toBe(403)

  remote.script = {}
  await relay.api(`/queue/messages/${id}/retry`, { method: 'POST' })
  await relay.until({ delivered: 1 })
  expect(withoutReceived(remote.accepted[0]?.bytes ?? Buffer.alloc(0)).equals(bytes)).toBe(true)
  const gone = await relay.api(`/queue/messages/${id}/content`)
  expect(gone.status).toBe(410)
  const { accepted, delivered } = await relay.summary()
  expect({ accepted, delivered }).toEqual({ accepted: 1, delivered: 1 })
})
