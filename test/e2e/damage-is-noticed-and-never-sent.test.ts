import { closeSync, openSync, statSync, writeSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { dataPaths } from '../../src/config/paths.ts'
import { startRelay, type Relay } from '../kit/relay.ts'
import { Sluice, type Ended } from '../kit/relay-process.ts'
import { startRemote } from '../kit/remote.ts'
import { idIn } from '../kit/smtp-conversation.ts'

async function refusedStart(relay: Relay): Promise<Ended> {
  await using sluice = new Sluice(['start'], relay.environment)
  return await sluice.ended()
}

function change(relay: Relay, sql: string): void {
  const database = new DatabaseSync(dataPaths(relay.dataDir).database)
  database.exec(sql)
  database.close()
}

test('a message whose bytes were changed on the disk is held with an alarm, the others go on', async () => {
  await using remote = await startRemote({ rcpt: '450 4.2.0 later' })
  await using relay = await startRelay({ route: remote.route })
  await using client = await relay.smtp()
  const damaged = idIn(await client.submit({ to: 'damaged@dest.test' }))
  idIn(await client.submit({ to: 'sound@dest.test' }))
  await relay.until({ deferred: 2 })
  await relay.stop()
  change(
    relay,
    `UPDATE chunk SET bytes = CAST(replace(CAST(bytes AS TEXT), 'hello', 'hellO') AS BLOB)
      WHERE id = (SELECT min(id) FROM chunk)`,
  )

  remote.script = {}
  await relay.start()
  await relay.api('/queue/operations', { json: { action: 'retry', filter: {}, all: true } })
  await relay.until({ delivered: 1, content_corrupt: 1 })
  expect(remote.accepted.map(({ to }) => to[0])).toEqual(['sound@dest.test'])
  const { body } = await relay.api(`/queue/messages/${damaged}`)
  expect(body).toMatchObject({
    recipients: [{ status: 'held', holds: [{ party: 'restore' }] }],
  })
  expect(JSON.stringify(body)).toContain('sluice restore')
  expect((await relay.api(`/queue/messages/${damaged}/content`)).status).toBe(500)
  const { accepted, delivered, deferred } = await relay.summary()
  expect({ accepted, delivered, deferred }).toEqual({ accepted: 2, delivered: 1, deferred: 2 })
})

test('a damaged page of the store: refuses to start, names the way to restore', async () => {
  await using relay = await startRelay()
  await using client = await relay.smtp()
  for (let i = 0; i < 50; i++) await client.submit({ to: `user${i}@dest.test` })
  await relay.until({ delivered: 50 })
  await relay.stop()
  const { database } = dataPaths(relay.dataDir)
  const file = openSync(database, 'r+')
  const { size } = statSync(database)
  for (let at = 8192; at < size; at += 16_384) writeSync(file, Buffer.alloc(512, 0xaa), 0, 512, at)
  closeSync(file)
  const { code, output } = await refusedStart(relay)
  expect(code).toBe(78)
  expect(output).toContain(database)
  expect(output).toContain('sluice restore')
})

test('a data folder of a newer release: refuses to start, says so', async () => {
  await using relay = await startRelay()
  await relay.stop()
  change(relay, 'PRAGMA user_version = 9999')
  const { code, output } = await refusedStart(relay)
  expect(code).toBe(78)
  expect(output).toMatch(/schema 9999 — this release knows \d+: install that release again/)
  expect(output.trim().split('\n')).toHaveLength(1)
})

test('a file that is no store: refuses to start, touches nothing', async () => {
  await using relay = await startRelay()
  await relay.stop()
  const { database } = dataPaths(relay.dataDir)
  const file = openSync(database, 'w')
  writeSync(file, 'my holiday pictures '.repeat(1000))
  closeSync(file)
  const { code } = await refusedStart(relay)
  expect(code).toBe(78)
  expect(statSync(database).size).toBe(20_000)
})
