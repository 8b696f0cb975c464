import { copyFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { dataPaths } from '../../src/config/paths.ts'
import { eventually } from '../kit/facts.ts'
import { startRelay } from '../kit/relay.ts'
import { startRemote } from '../kit/remote.ts'

test('a copy made while the relay runs can be restored; what was open in it is held until released', async () => {
  await using remote = await startRemote({ rcpt: '450 4.2.0 later' })
  await using relay = await startRelay({ route: remote.route })
  await using client = await relay.smtp()
  await client.submit({ to: 'before@dest.test' })
  await relay.until({ deferred: 1 })
  const copy = join(relay.dataDir, '..', 'copy.db')
  expect(await relay.cli(['backup', copy])).toMatchObject({ code: 0 })
  expect(statSync(copy).mode & 0o777).toBe(0o600)
  await client.submit({ to: 'after@dest.test' })
  await relay.until({ deferred: 2 })
  const refused = await relay.cli(['restore', copy])
  expect(refused.code).toBe(75)
  expect(refused.output).toContain(`npx sluice stop (process ${relay.run.pid})`)
  await relay.stop()
  expect(await relay.cli(['restore', copy])).toMatchObject({ code: 0 })

  remote.script = {}
  await relay.start()
  await relay.api('/queue/operations', { json: { action: 'retry', filter: {}, all: true } })
  const { body } = await relay.api('/queue/messages')
  expect(body).toMatchObject({
    data: [{ recipients: [{ address: 'before@dest.test', status: 'held' }] }],
    next_cursor: null,
  })
  expect(await relay.cli(['release', '--all', '--party', 'restore'])).toMatchObject({ code: 0 })
  await relay.api('/queue/operations', { json: { action: 'retry', filter: {}, all: true } })
  await relay.until({ delivered: 1 })
  expect(remote.accepted.map(({ to }) => to[0])).toEqual(['before@dest.test'])
})

test('a copy that was put in place by hand sends nothing again: it comes up held, and one command lets it go', async () => {
  await using remote = await startRemote({ rcpt: '450 4.2.0 later' })
  await using relay = await startRelay({ route: remote.route })
  await using client = await relay.smtp()
  await client.submit({ to: 'open@dest.test' })
  await relay.until({ deferred: 1 })
  const copy = join(relay.dataDir, '..', 'copy.db')
  expect(await relay.cli(['backup', copy])).toMatchObject({ code: 0 })
  remote.script = {}
  await relay.api('/queue/operations', { json: { action: 'retry', filter: {}, all: true } })
  await relay.until({ delivered: 1 })
  await relay.stop()
  copyFileSync(copy, dataPaths(relay.dataDir).database)

  await relay.start()
  expect(relay.output).toContain('npx sluice release --all --party restore')
  const retry = { json: { action: 'retry', filter: {}, all: true } }
  expect(await relay.api('/queue/operations', retry)).toMatchObject({ status: 200 })
  expect((await relay.api('/queue/messages')).body).toMatchObject({
    data: [{ recipients: [{ address: 'open@dest.test', status: 'held' }] }],
  })
  await using another = await relay.smtp()
  await another.submit({ to: 'new@dest.test' })
  await eventually('new mail goes out', () => remote.accepted.length === 2 || undefined)
  expect(await relay.cli(['release', '--all', '--party', 'restore'])).toMatchObject({ code: 0 })
  await eventually('what was held', () => remote.accepted.length === 3 || undefined)
  expect(remote.accepted.map(({ to }) => to[0])).toEqual([
    'open@dest.test',
    'new@dest.test',
    'open@dest.test',
  ])
  await relay.stop()
  await relay.start()
  expect(relay.output).not.toContain('--party restore')
})
