import { expect, test } from 'vitest'
import type { Message } from '../../src/operations/message-resource.ts'
import { eventually } from '../kit/facts.ts'
import { startRelay } from '../kit/relay.ts'
import { startWorld } from '../kit/world.ts'

test('after failures in a row a host set rests, then one connection tries it', async () => {
  await using world = await startWorld(
    { 'mx.test': { script: { banner: { do: 'drop' } } } },
    { 'dest.test': { MX: [[10, 'mx.test']] } },
  )
  await using relay = await startRelay({
    route: 'mx',
    settings: [
      world.settings,
      {
        delivery: {
          rest_after_failures: 3,
          rest: '3s',
          retry_first: '1s',
          connections_per_host: 1,
        },
      },
    ],
  })
  const host = world.host('mx.test')
  await using client = await relay.smtp()
  for (let i = 0; i < 20; i++) await client.submit({ to: `user${i}@dest.test` })
  await relay.until({ deferred: 3 })
  // All the others are due, but the host rests: nobody knocks until it is over, and whoever asks is told why.
  await eventually('a recipient that waits for the end of the rest', async () => {
    const { body } = await relay.api('/queue/messages?status=queued')
    const { data } = body as { data: Message[] }
    const blockers = data.flatMap(({ recipients }) => recipients.map((each) => each.blocked_by))
    return blockers.some((each) => each?.kind === 'hosts_resting') || undefined
  })
  host.script = {}
  await relay.until({ delivered: 20 })
  expect(host.connections).toBeLessThan(10)
  const { accepted, delivered } = await relay.summary()
  expect({ accepted, delivered }).toEqual({ accepted: 20, delivered: 20 })
})
