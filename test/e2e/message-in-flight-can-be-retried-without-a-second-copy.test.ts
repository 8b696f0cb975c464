import { expect, test } from 'vitest'
import { Gate } from '../kit/facts.ts'
import { startRelay } from '../kit/relay.ts'
import { startRemote, type Deed } from '../kit/remote.ts'
import { idIn } from '../kit/smtp-conversation.ts'

/** A message whose final dot a remote end leaves unanswered until the gate opens. */
async function messageInFlight(deed: Deed) {
  await using stack = new AsyncDisposableStack()
  const gate = new Gate()
  const dot = async (): Promise<Deed> => {
    await gate.pass()
    return deed
  }
  const remote = stack.use(await startRemote({ dot }))
  const relay = stack.use(await startRelay({ route: remote.route }))
  const client = stack.use(await relay.smtp())
  const id = idIn(await client.submit({ to: 'user@dest.test' }))
  await gate.reached()
  const owned = stack.move()
  return {
    remote,
    relay,
    id,
    path: `/queue/messages/${id}`,
    answerNow: () => gate.open(),
    /** A later message that is delivered proves that nothing of the first one was still to come. */
    deliverAnother: async () => {
      const { delivered = 0 } = await relay.summary()
      remote.script = {}
      await client.submit({ to: 'after@dest.test' })
      await relay.until({ delivered: delivered + 1 })
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

const retryInFlight = { messages: 1, recipients: 1, in_flight: 1 }
const recipientsOf = (messages: readonly { to: string[] }[]) => messages.map(({ to }) => to)

test('retrying what is in flight says so and sends nothing twice', async () => {
  await using t = await messageInFlight('250 2.0.0 ok')
  const { body: message } = await t.relay.api(t.path)
  expect(message).toMatchObject({ recipients: [{ status: 'in_flight' }] })
  const { status, body } = await t.relay.api(`${t.path}/retry`, { method: 'POST' })
  expect({ status, body }).toEqual({ status: 200, body: retryInFlight })
  t.answerNow()
  await t.relay.until({ delivered: 1 })
  await t.deliverAnother()
  expect(recipientsOf(t.remote.accepted)).toEqual([['user@dest.test'], ['after@dest.test']])
  const { accepted, delivered } = await t.relay.summary()
  expect({ accepted, delivered }).toEqual({ accepted: 2, delivered: 2 })
})

test('what is deferred after a retry in flight waits its time like any other, until it is retried again', async () => {
  await using t = await messageInFlight('451 4.3.0 later')
  const { body } = await t.relay.api(`${t.path}/retry`, { method: 'POST' })
  expect(body).toEqual(retryInFlight)
  t.answerNow()
  await t.relay.until({ deferred: 1 })
  await t.deliverAnother()
  expect(recipientsOf(t.remote.messages)).toEqual([['user@dest.test'], ['after@dest.test']])
  const { body: again } = await t.relay.api(`${t.path}/retry`, { method: 'POST' })
  expect(again).toEqual({ messages: 1, recipients: 1, in_flight: 0 })
  await t.relay.until({ delivered: 2 })
  expect(recipientsOf(t.remote.accepted)).toEqual([['after@dest.test'], ['user@dest.test']])
})

test('what was purged in flight is never tried again, though a retry comes after the purge', async () => {
  await using t = await messageInFlight('451 4.3.0 later')
  expect((await t.relay.api(t.path, { method: 'DELETE' })).body).toEqual(retryInFlight)
  expect((await t.relay.api(`${t.path}/retry`, { method: 'POST' })).status).toBe(200)
  t.answerNow()
  await t.relay.until({ cancelled: 1 })
  expect(await t.relay.api(`${t.path}/retry`, { method: 'POST' })).toMatchObject({
    status: 409,
    body: { detail: expect.stringContaining('nothing left to retry') as string },
  })
  await t.deliverAnother()
  expect(recipientsOf(t.remote.messages)).toEqual([['user@dest.test'], ['after@dest.test']])
  const { accepted, delivered, cancelled, deferred } = await t.relay.summary()
  expect({ accepted, delivered, cancelled, deferred }).toEqual({
    accepted: 2,
    delivered: 1,
    cancelled: 1,
  })
})
