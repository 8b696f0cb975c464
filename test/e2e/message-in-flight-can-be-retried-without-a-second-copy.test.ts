import { expect, test } from 'vitest'
import { Gate } from '../kit/facts.ts'
import { startRelay } from '../kit/relay.ts'
import { startRemote } from '../kit/remote.ts'
import { idIn } from '../kit/smtp-conversation.ts'

test('retrying what is in flight says so and sends nothing twice', async () => {
  const gate = new Gate()
  await using remote = await startRemote({
    dot: async () => {
      await gate.pass()
      return '250 2.0.0 ok'
    },
  })
  await using relay = await startRelay({ route: remote.route })
  await using client = await relay.smtp()
  const id = idIn(await client.submit({ to: 'user@dest.test' }))
  await gate.reached()

  const { body: message } = await relay.api(`/queue/messages/${id}`)
  expect(message).toMatchObject({ recipients: [{ status: 'in_flight' }] })
  const { status, body } = await relay.api(`/queue/messages/${id}/retry`, { method: 'POST' })
  expect(status).toBe(200)
  expect(body).toEqual({ messages: 1, recipients: 1, in_flight: 1 })

  gate.open()
  await relay.until({ delivered: 1 })
  idIn(await client.submit({ to: 'after@dest.test' }))
  await relay.until({ delivered: 2 })
  expect(remote.accepted.map(({ to }) => to)).toEqual([['user@dest.test'], ['after@dest.test']])
  const { accepted, delivered } = await relay.summary()
  expect({ accepted, delivered }).toEqual({ accepted: 2, delivered: 2 })
})
