import { expect, test } from 'vitest'
import { startRelay } from '../kit/relay.ts'
import { startRemote } from '../kit/remote.ts'
import { idIn } from '../kit/smtp-conversation.ts'

test('a client in a trusted network relays without TLS and login, and is named as the submitter', async () => {
  await using remote = await startRemote()
  await using relay = await startRelay({
    route: remote.route,
    settings: { relay: { trusted_networks: ['127.0.0.0/16'] } },
  })
  await using client = await relay.smtp({ tls: 'none' })
  const id = idIn(await client.submit({ to: 'user@dest.test' }))
  await relay.until({ delivered: 1 })
  const { body } = await relay.api(`/queue/messages/${id}`)
  expect(body).toMatchObject({ submitter: { kind: 'network', id: '127.0.0.0/16' } })
  expect(await relay.summary()).toEqual({ accepted: 1, delivered: 1 })
})
