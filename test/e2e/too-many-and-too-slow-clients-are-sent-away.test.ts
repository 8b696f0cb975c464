import { expect, test } from 'vitest'
import { startRelay } from '../kit/relay.ts'

test('connections beyond the cap of an address or of the relay get 421; when one ends, another may come', async () => {
  await using relay = await startRelay({
    settings: { submission: { max_connections_per_client: 3 } },
  })
  await using first = await relay.smtp()
  await using second = await relay.smtp()
  await using third = await relay.smtp()
  await using fourth = await relay.connect()
  await fourth.expect(/^421 4\.7\.0 /)
  await fourth.ended()
  expect(await second.submit({ to: 'user@dest.test' })).toMatch(/^250 /)
  await third.command('QUIT', /^221 /)
  await third.ended()
  await using fifth = await relay.smtp()
  expect(await fifth.submit({ to: 'user@dest.test' })).toMatch(/^250 /)
  await first.command('NOOP', /^250 /)
  await relay.until({ delivered: 2 })
  expect(await relay.summary()).toEqual({ accepted: 2, delivered: 2 })
})

test('clients that fill the cap and come back at once after QUIT are never refused for their old connections', async () => {
  const clients = 8
  const rounds = 40
  await using relay = await startRelay({
    settings: { submission: { max_connections_per_client: clients } },
  })
  const comeAndGo = async (tls: 'none' | 'starttls' | 'implicit'): Promise<void> => {
    for (let round = 0; round < rounds; round++) {
      await using client = await relay.smtp({ tls, as: null })
      await client.command('QUIT', /^221 /)
      await client.ended()
    }
  }
  const kinds = ['none', 'starttls', 'implicit'] as const
  await Promise.all(
    Array.from({ length: clients }, (_, at) => comeAndGo(kinds[at % kinds.length] ?? 'none')),
  )
})

test('a silent client, and one that never ends its DATA, are sent away in time; nothing is kept', async () => {
  await using relay = await startRelay({
    settings: { submission: { idle_timeout: '2s', data_timeout: '2s' } },
  })
  await using silent = await relay.smtp()
  await using slow = await relay.smtp()
  await slow.openTransaction('user@dest.test')
  slow.write('Subject: endless\r\n')
  await silent.expect(/^421 /)
  await silent.ended()
  await slow.expect(/^421 /)
  await slow.ended()
  await using client = await relay.smtp()
  expect(await client.submit({ to: 'user@dest.test' })).toMatch(/^250 /)
  await relay.until({ delivered: 1 })
  expect(await relay.summary()).toEqual({ accepted: 1, delivered: 1 })
})
