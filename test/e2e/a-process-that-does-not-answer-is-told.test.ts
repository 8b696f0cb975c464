import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { dataPaths } from '../../src/config/paths.ts'
import { askRedis } from '../kit/ask-redis.ts'
import { eventually } from '../kit/facts.ts'
import { startRedis } from '../kit/redis-server.ts'
import type { Relay } from '../kit/relay.ts'
import { startRelay } from '../kit/relay.ts'
import { tempFolder } from '../kit/temp-folder.ts'

interface Ready {
  status: string
  detail: string
}

/** What /readyz says once it says this, with its HTTP status. */
const readyz = (relay: Relay, detail: RegExp): Promise<[number, Ready]> =>
  eventually(`/readyz with ${String(detail)}`, async () => {
    const { status, body } = await relay.api('/readyz', { key: null })
    const ready = body as Ready
    return detail.test(ready.detail) ? [status, ready] : undefined
  })

/** What `sluice status` says once it says this. */
const statusOf = (relay: Relay, detail: RegExp) =>
  eventually(`status with ${String(detail)}`, async () => {
    const said = await relay.cli(['status'])
    return detail.test(said.output) ? said : undefined
  })

const well = /all mail is swallowed/

test('a stopped smtp, store or delivery makes /readyz and status say which one, and what it means for mail', async () => {
  await using relay = await startRelay()
  for (const [name, meaning, http, status] of [
    ['smtp', 'no mail is accepted', 503, 'unavailable'],
    ['store', 'nothing is accepted or recorded', 503, 'unavailable'],
    ['delivery', 'mail is accepted, not delivered', 200, 'degraded'],
  ] as const) {
    const pid = relay.kill(name, 'SIGSTOP')
    const detail = new RegExp(`${name} \\(process ${pid}\\) does not answer: ${meaning}`)
    expect(await readyz(relay, detail)).toMatchObject([http, { status }])
    expect(await statusOf(relay, detail)).toMatchObject({ code: 1 })
    // The supervisor says it at its next look, each second
    await eventually('the line of the supervisor', () => detail.test(relay.output) || undefined)
    process.kill(pid, 'SIGCONT')
    await readyz(relay, /^Sandbox/)
  }
})

test('status tells of a stopped api, and both tell of a stopped supervisor', async () => {
  await using relay = await startRelay()
  const api = relay.kill('api', 'SIGSTOP')
  const silent = await statusOf(relay, /can't be looked at/)
  process.kill(api, 'SIGCONT')
  expect(silent).toMatchObject({ code: 1 })
  expect(silent.output).toContain(`degraded: api (process ${api}) does not answer`)
  await readyz(relay, well)

  const supervisor = relay.run.pid
  process.kill(supervisor, 'SIGSTOP')
  try {
    const detail = /supervisor \(sluice start\) does not answer/
    expect(await readyz(relay, detail)).toMatchObject([503, { status: 'unavailable' }])
    expect(await statusOf(relay, detail)).toMatchObject({ code: 1 })
  } finally {
    process.kill(supervisor, 'SIGCONT')
  }
  await readyz(relay, /^Sandbox/)
})

test('a Redis that answers PING but can not be used is told by /readyz, status, why and the log', async () => {
  await using relay = await startRelay()
  await readyz(relay, /^Sandbox/)
  for (const [spoil, mend, words] of [
    [
      ['CONFIG', 'SET', 'maxmemory', '1'],
      ['CONFIG', 'SET', 'maxmemory', '256mb'],
      'Redis is out of memory \\(maxmemory 1B, policy noeviction\\)',
    ],
    [
      ['REPLICAOF', '127.0.0.1', '1'],
      ['REPLICAOF', 'NO', 'ONE'],
      'Redis is a replica of 127.0.0.1:1',
    ],
  ] as const) {
    expect(await askRedis(relay.dataDir, ...spoil)).toBe('+OK')
    const detail = new RegExp(`${words}.*: mail is accepted, not delivered`)
    expect(await readyz(relay, detail)).toMatchObject([200, { status: 'degraded' }])
    expect(await statusOf(relay, detail)).toMatchObject({ code: 1 })
    await using client = await relay.smtp()
    const reply = await client.submit({ to: 'user@dest.test' })
    expect(reply).toMatch(/^250 /)
    const id = /queued as (\S+)/.exec(reply)?.[1] ?? ''
    await eventually('why', async () => {
      const { output } = await relay.cli(['why', id])
      return new RegExp(`nothing is sent: ${words}`).test(output) || undefined
    })
    expect(relay.output).toMatch(
      new RegExp(`delivery warn: Redis can’t be used: nothing is sent .*${words}`),
    )
    expect(await askRedis(relay.dataDir, ...mend)).toBe('+OK')
    await readyz(relay, /^Sandbox/)
  }
  await relay.until({ delivered: 2 })
})

test('a Redis that wants a password is told with the fix, mail is accepted, and goes once none is wanted', async () => {
  using folder = tempFolder()
  const socket = join(folder.path, 'redis.sock')
  await using locked = await startRedis(socket, '--requirepass', 'secret')
  await using relay = await startRelay({ settings: { redis: { socket } } })
  const words = 'Redis wants a password, and Sluice has none: let the default user in without one'
  const detail = new RegExp(`${words} .*: mail is accepted, not delivered`)
  expect(await readyz(relay, detail)).toMatchObject([200, { status: 'degraded' }])
  expect(await statusOf(relay, detail)).toMatchObject({ code: 1 })
  await using client = await relay.smtp()
  expect(await client.submit({ to: 'user@dest.test' })).toMatch(/^250 /)
  await eventually(
    'the line of delivery',
    () =>
      new RegExp(`delivery warn: Redis can’t be used: nothing is sent .*${words}`).test(
        relay.output,
      ) || undefined,
  )
  await locked.kill()
  await using open = await startRedis(socket)
  await relay.until({ delivered: 1 })
  expect(await readyz(relay, /^Sandbox/)).toMatchObject([200, { status: 'ok' }])
  await open.kill()
})

test('a dump of another Redis in the folder of our own is neither loaded nor changed; under the name that ours has, Redis is told to be away', async () => {
  using folder = tempFolder()
  const { redisDir } = dataPaths(folder.path)
  mkdirSync(redisDir, { recursive: true, mode: 0o700 })
  const foreign = join(redisDir, 'dump.rdb')
  const text = 'REDIS9999 of a Redis that is yet to come'
  writeFileSync(foreign, text)
  await using relay = await startRelay({ dataDir: folder.path })
  expect(await readyz(relay, /^Sandbox/)).toMatchObject([200, { status: 'ok' }])
  await using client = await relay.smtp()
  expect(await client.submit({ to: 'user@dest.test' })).toMatch(/^250 /)
  await relay.until({ delivered: 1 })

  writeFileSync(join(redisDir, 'never-saved.rdb'), text)
  relay.kill('redis')
  const detail = /^Redis is away, .*: mail is accepted, not delivered\./
  expect(await readyz(relay, detail)).toMatchObject([200, { status: 'degraded' }])
  await eventually(
    'the line of the supervisor, with where to read why',
    () => /redis ended \(status 1\) .*; its log: .*redis\.log/.test(relay.output) || undefined,
  )
  expect(readFileSync(foreign, 'utf8')).toBe(text)
})
