import { expect, test } from 'vitest'
import { startRelay } from '../kit/relay.ts'
import { inTurn } from '../kit/remote.ts'
import { startWorld } from '../kit/world.ts'

test('no reply to the final dot is unknown: tried again later at the first host, never at the next', async () => {
  await using world = await startWorld(
    {
      'first.mx.test': { script: { dot: inTurn({ do: 'drop' }, '250 2.0.0 ok') } },
      'next.mx.test': {},
    },
    {
      'dest.test': {
        MX: [
          [10, 'first.mx.test'],
          [20, 'next.mx.test'],
        ],
      },
    },
  )
  await using relay = await startRelay({
    route: 'mx',
    settings: [world.settings, { delivery: { retry_first: '200ms' } }],
  })
  await using client = await relay.smtp()
  await client.submit({ to: 'user@dest.test' })
  await relay.until({ delivered: 1 })
  expect(world.host('first.mx.test').messages).toHaveLength(2)
  expect(world.host('next.mx.test').messages).toHaveLength(0)
  expect(await relay.summary()).toEqual({ accepted: 1, deferred: 1, delivered: 1 })
})
