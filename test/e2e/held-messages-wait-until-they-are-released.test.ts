import { expect, test } from 'vitest'
import { startRelay } from '../kit/relay.ts'
import { inTurn, startRemote } from '../kit/remote.ts'
import { idIn } from '../kit/smtp-conversation.ts'

test('hold by filter stops the tries of what matches; release lets them go on', async () => {
  const first = inTurn('450 4.2.0 later', '450 4.2.0 later', '250 2.1.5 ok')
  await using remote = await startRemote({ rcpt: first })
  await using relay = await startRelay({ route: remote.route })
  await using client = await relay.smtp()
  const id = idIn(await client.submit({ to: ['a@held.test', 'b@free.test'] }))
  await relay.until({ deferred: 2 })
  const operate = async (json: unknown): Promise<unknown> =>
    (await relay.api('/queue/operations', { json })).body

  expect(await operate({ action: 'hold', filter: { destination: 'held.test' } })).toEqual({
    messages: 1,
    recipients: 1,
    in_flight: 0,
  })
  await operate({ action: 'retry', filter: {}, all: true })
  await relay.until({ delivered: 1 })
  const { body } = await relay.api(`/queue/messages?status=held&to=*@held.test`)
  expect(body).toMatchObject({ data: [{ id }], next_cursor: null })
  const { body: none } = await relay.api(`/queue/messages?status=held&destination=free.test`)
  expect(none).toEqual({ data: [], next_cursor: null })
  expect(remote.accepted.flatMap(({ to }) => to)).toEqual(['b@free.test'])

  await operate({ action: 'release', filter: { status: 'held' } })
  await operate({ action: 'retry', filter: {}, all: true })
  await relay.until({ delivered: 2 })
  expect(remote.accepted.flatMap(({ to }) => to)).toEqual(['b@free.test', 'a@held.test'])
  const { accepted, delivered, held, released } = await relay.summary()
  expect({ accepted, delivered, held, released }).toEqual({
    accepted: 1,
    delivered: 2,
    held: 1,
    released: 1,
  })
})
