import { expect, test } from 'vitest'
import { Gate } from '../kit/facts.ts'
import { startRelay } from '../kit/relay.ts'
import { startRemote } from '../kit/remote.ts'
import { idIn } from '../kit/smtp-conversation.ts'

test('a hold on what is in flight lets the try end as it ends, and the next one only after release', async () => {
  const gate = new Gate()
  await using remote = await startRemote({
    dot: gate.before('451 4.3.0 later'),
  })
  await using relay = await startRelay({
    route: remote.route,
    settings: { delivery: { retry_first: '200ms' } },
  })
  await using client = await relay.smtp()
  const id = idIn(await client.submit({ to: 'user@dest.test' }))
  await gate.reached()
  const { body } = await relay.api(`/queue/messages/${id}/hold`, { json: { reason: 'look first' } })
  expect(body).toEqual({ messages: 1, recipients: 1, in_flight: 1 })
  gate.open()
  await relay.until({ deferred: 1 })

  // Another message that is deferred after it comes back first: the held one's time has come and gone.
  idIn(await client.submit({ to: 'second@dest.test' }))
  await relay.until({ deferred: 2 })
  remote.script = {}
  await relay.until({ delivered: 1 })
  expect(remote.accepted.map(({ to }) => to)).toEqual([['second@dest.test']])
  const { body: held } = await relay.api(`/queue/messages/${id}`)
  expect(held).toMatchObject({
    recipients: [{ status: 'held', holds: [{ party: 'customer', reason: 'look first' }] }],
  })

  await relay.api(`/queue/messages/${id}/release`, { method: 'POST' })
  await relay.until({ delivered: 2 })
  const { accepted, delivered, deferred } = await relay.summary()
  expect({ accepted, delivered, deferred }).toEqual({ accepted: 2, delivered: 2, deferred: 2 })
})
