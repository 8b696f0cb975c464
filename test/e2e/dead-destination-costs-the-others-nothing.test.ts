import { expect, test } from 'vitest'
import { startRelay } from '../kit/relay.ts'
import { startWorld } from '../kit/world.ts'

test('while one host swallows connections without a word, mail to another flows', async () => {
  await using world = await startWorld(
    { 'silent.mx.test': { script: { banner: { do: 'hang' } } }, 'quick.mx.test': {} },
    {
      'silent.test': { MX: [[10, 'silent.mx.test']] },
      'quick.test': { MX: [[10, 'quick.mx.test']] },
    },
  )
  await using relay = await startRelay({ route: 'mx', settings: world.settings })
  await using client = await relay.smtp()
  for (let i = 0; i < 60; i++) await client.submit({ to: `user${i}@silent.test` })
  for (let i = 0; i < 60; i++) await client.submit({ to: `user${i}@quick.test` })
  await relay.until({ delivered: 60 })
  const silent = world.host('silent.mx.test')
  expect(world.host('quick.mx.test').accepted).toHaveLength(60)
  expect(silent.mostOpen).toBeLessThanOrEqual(5)
  expect(await relay.summary()).toEqual({ accepted: 120, delivered: 60 })
  // A relay that ends gives those who hang some time.
  await world[Symbol.asyncDispose]()
})
