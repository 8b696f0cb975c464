import { expect, test } from 'vitest'
import { startRelay } from '../kit/relay.ts'
import { startWorld } from '../kit/world.ts'

test('two domains of one host share its five connections, each used for up to ten messages', async () => {
  await using world = await startWorld(
    { 'mx.test': {} },
    { 'one.test': { MX: [[10, 'mx.test']] }, 'two.test': { MX: [[5, 'mx.test']] } },
  )
  await using relay = await startRelay({
    route: 'mx',
    settings: [world.settings, { delivery: { messages_per_connection: 10 } }],
  })
  const host = world.host('mx.test')
  const send = async (domain: string): Promise<void> => {
    await using client = await relay.smtp()
    for (let i = 0; i < 100; i++) await client.submit({ to: `user${i}@${domain}` })
  }
  await Promise.all([send('one.test'), send('two.test')])
  await relay.until({ delivered: 200 })
  expect(host.mostOpen).toBeLessThanOrEqual(5)
  const perConnection = Map.groupBy(host.accepted, ({ connection }) => connection)
  expect(
    Math.max(...[...perConnection.values()].map((messages) => messages.length)),
  ).toBeLessThanOrEqual(10)
  expect(host.connections).toBeLessThan(200)
  expect(await relay.summary()).toEqual({ accepted: 200, delivered: 200 })
})
