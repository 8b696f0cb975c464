import { expect, test } from 'vitest'
import { startRelay } from '../kit/relay.ts'
import { startRemote } from '../kit/remote.ts'

test('a message deferred until its lifetime is over expires, and its sender is told', async () => {
  await using remote = await startRemote({
    rcpt: (address) => (address.endsWith('@dest.test') ? '450 4.2.0 later' : '250 2.1.5 ok'),
  })
  await using relay = await startRelay({
    route: remote.route,
    settings: { delivery: { retry_first: '200ms', retry_longest: '500ms', lifetime: '2s' } },
  })
  await using client = await relay.smtp()
  await client.submit({ to: 'user@dest.test' })
  await relay.until({ expired: 1, delivered: 1 }, 80_000)
  expect(remote.accepted).toHaveLength(1)
  expect(remote.accepted[0]).toMatchObject({ from: '', to: ['sender@customer.test'] })
  expect(remote.accepted[0]?.bytes.toString()).toMatch(/450 4\.2\.0 later/)
  const { accepted, expired, delivered, bounced } = await relay.summary()
  expect({ accepted, expired, delivered, bounced }).toEqual({
    accepted: 2,
    expired: 1,
    delivered: 1,
    bounced: undefined,
  })
})
