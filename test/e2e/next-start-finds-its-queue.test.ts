import { expect, test } from 'vitest'
import { startRelay } from '../kit/relay.ts'
import { startRemote } from '../kit/remote.ts'
import { idIn } from '../kit/smtp-conversation.ts'

test('what was deferred, held and settled before a stop is there after the next start', async () => {
  await using remote = await startRemote({
    rcpt: (address) => (address.startsWith('now') ? '250 2.1.5 ok' : '450 4.2.0 later'),
  })
  await using relay = await startRelay({ route: remote.route })
  await using client = await relay.smtp()
  const done = idIn(await client.submit({ to: 'now@dest.test' }))
  const held = idIn(await client.submit({ to: 'held@dest.test' }))
  const open = idIn(await client.submit({ to: 'later@dest.test' }))
  await relay.until({ delivered: 1, deferred: 2 })
  await relay.api(`/queue/messages/${held}/hold`, { method: 'POST' })
  expect(await relay.stop()).toMatchObject({ code: 0 })

  remote.script = {}
  await relay.start()
  const statusOf = async (id: string): Promise<unknown> => {
    const { body } = await relay.api(`/queue/messages/${id}`)
    return (body as { recipients: { status: unknown }[] }).recipients[0]?.status
  }
  expect(await statusOf(done)).toBe('delivered')
  expect(await statusOf(held)).toBe('held')
  expect(await statusOf(open)).toBe('deferred')
  await relay.api(`/queue/messages/${open}/retry`, { method: 'POST' })
  await relay.until({ delivered: 2 })
  expect(remote.accepted.map(({ to }) => to[0])).toEqual(['now@dest.test', 'later@dest.test'])
  expect(await relay.summary()).toEqual({
    accepted: 3,
    delivered: 2,
    deferred: 2,
    held: 1,
    retried: 1,
  })
})
