import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { testCertificate } from '../kit/certificate.ts'
import type { FirstRun } from '../../src/config/run-files.ts'
import { startRelay, type Relay } from '../kit/relay.ts'

const statusWith = async (relay: Relay, key: string): Promise<number> => {
  const authorization = `Bearer ${key}`
  const url = `${relay.run.api[0]?.url ?? ''}/api/v1/queue/summary`
  return (await fetch(url, { headers: { authorization } })).status
}

const tls = { cert: testCertificate.certPath, key: testCertificate.keyPath }

test('the first start writes first-run.json, later starts keep it, and neither opens anything on a real route', async () => {
  await using relay = await startRelay()
  const file = join(relay.dataDir, 'first-run.json')
  const read = () => JSON.parse(readFileSync(file, 'utf8')) as FirstRun
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(read()).toEqual({
    submission: { account: 'demo', password: expect.stringMatching(/^\S{16,}$/) as string },
    api: { url: relay.run.api[0]?.url, key: expect.stringMatching(/^sk_/) as string },
  })
  const made = read()
  const as = { account: made.submission.account, password: made.submission.password }
  expect(relay.output).not.toContain(as.password)
  expect(relay.output).not.toContain(made.api.key)
  expect(await statusWith(relay, made.api.key)).toBe(200)

  await relay.stop()
  await relay.start()
  expect(read()).toMatchObject({ submission: as, api: { key: made.api.key } })
  await using client = await relay.smtp({ as })
  expect(await client.submit({ to: 'user@dest.test' })).toMatch(/^250 /)
  await relay.until({ delivered: 1 })

  await relay.stop()
  await relay.start({ tls, delivery: { route: 'mx', port: 2, resolver: '127.0.0.1:1' } })
  await expect(relay.smtp({ as })).rejects.toThrow(/535 5\.7\.8/)
  expect(await statusWith(relay, made.api.key)).toBe(401)
  expect(await relay.summary()).toEqual({ accepted: 1, delivered: 1 })
})

test('with a real route nothing of this is made', async () => {
  await using relay = await startRelay({
    route: 'mx',
    settings: { delivery: { port: 2, resolver: '127.0.0.1:1' } },
  })
  expect(existsSync(join(relay.dataDir, 'first-run.json'))).toBe(false)
  await expect(relay.smtp({ as: { account: 'demo', password: 'demo' } })).rejects.toThrow(/535/)
  expect(await relay.summary()).toEqual({})
})
