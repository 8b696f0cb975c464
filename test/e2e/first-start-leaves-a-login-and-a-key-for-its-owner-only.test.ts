import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { testCertificate } from '../kit/certificate.ts'
import { startRelay } from '../kit/relay.ts'

const tls = { cert: testCertificate.certPath, key: testCertificate.keyPath }

test('the first start writes first-run.json, later starts keep it, and demo is refused on a real route', async () => {
  await using relay = await startRelay()
  const file = join(relay.dataDir, 'first-run.json')
  const read = (): unknown => JSON.parse(readFileSync(file, 'utf8'))
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(read()).toEqual({
    submission: { account: 'demo', password: expect.stringMatching(/^\S{16,}$/) as string },
    api: { url: relay.run.api[0]?.url, key: expect.stringMatching(/^sk_/) as string },
  })
  expect(relay.output).not.toContain(relay.login.password)
  expect(relay.output).not.toContain(relay.key)

  await relay.stop()
  await relay.start()
  expect(read()).toMatchObject({ submission: relay.login, api: { key: relay.key } })
  await using client = await relay.smtp()
  expect(await client.submit({ to: 'user@dest.test' })).toMatch(/^250 /)
  await relay.until({ delivered: 1 })

  await relay.stop()
  await relay.start({ tls, delivery: { route: 'mx', port: 2, resolver: '127.0.0.1:1' } })
  await expect(relay.smtp()).rejects.toThrow(/535 5\.7\.8/)
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
