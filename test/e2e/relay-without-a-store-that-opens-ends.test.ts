import { closeSync, openSync, renameSync, writeSync } from 'node:fs'
import { expect, test } from 'vitest'
import { dataPaths } from '../../src/config/paths.ts'
import { eventually } from '../kit/facts.ts'
import { startRelay } from '../kit/relay.ts'
import { startRemote } from '../kit/remote.ts'

test('a store that can’t be opened any more ends the relay with one line, not a restart for ever', async () => {
  await using relay = await startRelay()
  const { database } = dataPaths(relay.dataDir)
  const file = openSync(database, 'w')
  writeSync(file, 'my holiday pictures '.repeat(1000))
  closeSync(file)
  const before = relay.output
  relay.kill('store')
  const { code, output } = await relay.ended()
  expect(code).toBe(78)
  const said = output.slice(before.length).trim().split('\n')
  expect(said.filter((line) => line.startsWith('data_dir: '))).toEqual([
    expect.stringContaining(database),
  ])
})

test('processes follow a store whose file was replaced: what is accepted then is sent', async () => {
  await using remote = await startRemote()
  await using relay = await startRelay({
    route: remote.route,
    settings: { relay: { trusted_networks: ['127.0.0.1/32'] } },
  })
  const { database } = dataPaths(relay.dataDir)
  for (const suffix of ['', '-wal', '-shm'])
    renameSync(database + suffix, `${database}.away${suffix}`)
  const [smtp, delivery, api] = (['smtp', 'delivery', 'api'] as const).map((name) =>
    relay.pid(name),
  )
  await relay.killAndAwaitReturn('store')
  await eventually('all processes anew', () => {
    const { processes } = relay.run
    const anew = processes.smtp !== smtp && processes.delivery !== delivery && processes.api !== api
    return anew || undefined
  })
  const reply = await eventually('an acceptance', async () => {
    await using client = await relay.smtp({ as: null })
    return await client.submit({ to: 'user@dest.test' })
  })
  expect(reply).toMatch(/^250 /)
  await eventually('the mail', () => remote.accepted.length === 1 || undefined)
})
