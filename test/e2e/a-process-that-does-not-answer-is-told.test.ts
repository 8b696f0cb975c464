import { expect, test } from 'vitest'
import { askRedis } from '../kit/ask-redis.ts'
import { eventually } from '../kit/facts.ts'
import type { Relay } from '../kit/relay.ts'
import { startRelay } from '../kit/relay.ts'

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
    expect(relay.output).toMatch(new RegExp(`delivery warn: nothing is sent .*${words}`))
    expect(await askRedis(relay.dataDir, ...mend)).toBe('+OK')
    await readyz(relay, /^Sandbox/)
  }
  await relay.until({ delivered: 2 })
})
