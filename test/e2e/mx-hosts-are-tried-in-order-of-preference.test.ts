import { expect, test } from 'vitest'
import { startRelay } from '../kit/relay.ts'
import { startWorld } from '../kit/world.ts'

test('the most preferred host that can be reached gets the mail, the others nothing', async () => {
  await using world = await startWorld(
    {
      'best.mx.test': {},
      'next.mx.test': {},
      'dead.mx.test': { dead: true },
      'greets-badly.mx.test': { script: { banner: '554 5.3.2 no mail here' } },
      'two-addresses.mx.test': { firstAddressDead: true },
      'alone.test': {},
    },
    {
      'usual.test': {
        MX: [
          [20, 'next.mx.test'],
          [10, 'best.mx.test'],
        ],
      },
      'first-dead.test': {
        MX: [
          [10, 'dead.mx.test'],
          [20, 'next.mx.test'],
        ],
      },
      'first-unwilling.test': {
        MX: [
          [10, 'greets-badly.mx.test'],
          [20, 'next.mx.test'],
        ],
      },
      'first-unknown.test': {
        MX: [
          [10, 'no-such.mx.test'],
          [20, 'next.mx.test'],
        ],
      },
      'two.test': { MX: [[10, 'two-addresses.mx.test']] },
    },
  )
  await using relay = await startRelay({ route: 'mx', settings: world.settings })
  await using client = await relay.smtp()
  const domains = ['usual', 'first-dead', 'first-unwilling', 'first-unknown', 'two', 'alone']
  for (const domain of domains) await client.submit({ to: `user@${domain}.test` })
  await relay.until({ delivered: domains.length })
  const took = (host: string): string[] =>
    world
      .host(host)
      .accepted.flatMap(({ to }) => to)
      .toSorted()
  expect(took('best.mx.test')).toEqual(['user@usual.test'])
  expect(took('next.mx.test')).toEqual([
    'user@first-dead.test',
    'user@first-unknown.test',
    'user@first-unwilling.test',
  ])
  expect(took('two-addresses.mx.test')).toEqual(['user@two.test'])
  // No MX record: the name itself is the host (RFC 5321 §5.1).
  expect(took('alone.test')).toEqual(['user@alone.test'])
  expect(await relay.summary()).toEqual({ accepted: domains.length, delivered: domains.length })
})
