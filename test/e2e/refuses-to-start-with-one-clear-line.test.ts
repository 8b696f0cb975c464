import { createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { testCertificate } from '../kit/certificate.ts'
import { startRelay } from '../kit/relay.ts'
import { Sluice, type Ended } from '../kit/relay-process.ts'
import { tempFolder } from '../kit/temp-folder.ts'

/** Tries to start on settings that can't work. */
async function start(toml: string, environment: Record<string, string> = {}): Promise<Ended> {
  using folder = tempFolder()
  const file = join(folder.path, 'sluice.toml')
  writeFileSync(file, toml)
  const free = {
    SLUICE_DATA_DIR: join(folder.path, 'var'),
    SLUICE_SUBMISSION_LISTEN: '127.0.0.1:0',
    SLUICE_SUBMISSION_LISTEN_TLS: '127.0.0.1:0',
    SLUICE_API_LISTEN: '127.0.0.1:0',
  }
  await using sluice = new Sluice(['start'], { SLUICE_CONFIG: file, ...free, ...environment })
  return await sluice.ended()
}

const lines = ({ output }: Ended): string[] => output.trim().split('\n')

const certificate = {
  SLUICE_TLS_CERT: testCertificate.certPath,
  SLUICE_TLS_KEY: testCertificate.keyPath,
}

test.each([
  ['broken TOML', 'hostname = \n', {}, /sluice\.toml.*line 1|sluice\.toml:1/i],
  ['an unknown key', 'hostnam = "x.test"\n', {}, /hostnam\b.*hostname/],
  ['an unknown variable', '', { SLUICE_HOSTNAM: 'x' }, /SLUICE_HOSTNAM\b/],
  ['a wrong type', '[submission]\nmax_recipients = "many"\n', {}, /submission\.max_recipients/],
  ['an unknown route', '[delivery]\nroute = "pigeon"\n', {}, /delivery\.route/],
  [
    'route mx without a full name',
    'hostname = "relay"\n[delivery]\nroute = "mx"\n',
    certificate,
    /hostname/,
  ],
  [
    'a trusted network that is too wide',
    '[relay]\ntrusted_networks = ["10.0.0.0/8"]\n',
    {},
    /relay\.trusted_networks.*allow_wide/,
  ],
  ['an open API without TLS', '', { SLUICE_API_LISTEN: '0.0.0.0:0' }, /api\.listen/i],
  ['a certificate without its key', '[tls]\ncert = "cert.pem"\n', {}, /tls\.(?:key|cert)/],
  ['a duration that is none', '[delivery]\nretry_first = "soon"\n', {}, /delivery\.retry_first/],
  ['a data folder that is a file', '', { SLUICE_DATA_DIR: '/etc/hostname' }, /data_dir/i],
])('%s: one line that names key and mend, exit 78', async (_, toml, environment, named) => {
  const ended = await start(toml, environment)
  expect(ended.code).toBe(78)
  expect(lines(ended)).toHaveLength(1)
  expect(lines(ended)[0]).toMatch(named)
})

test('a settings file that is named must exist', async () => {
  await using sluice = new Sluice(['start'], { SLUICE_CONFIG: '/nowhere/sluice.toml' })
  const ended = await sluice.ended()
  expect(ended.code).toBe(78)
  expect(ended.output).toMatch(/\/nowhere\/sluice\.toml/)
})

test('a busy port: one line that names the key, exit 78', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const ended = await start('', { SLUICE_SUBMISSION_LISTEN: `127.0.0.1:${port}` })
  server.close()
  expect(ended.code).toBe(78)
  expect(ended.output).toMatch(/submission\.listen/)
  expect(ended.output).toContain(String(port))
})

test('a second start on a busy data folder says so, and the first goes on', async () => {
  await using relay = await startRelay()
  await using second = new Sluice(['start'], relay.environment)
  const ended = await second.ended()
  expect(ended.code).not.toBe(0)
  expect(ended.output).toContain(relay.dataDir)
  expect(ended.output).toContain(`stop it with: npx sluice stop (process ${relay.run.pid})`)
  await using client = await relay.smtp()
  expect(await client.submit({ to: 'user@dest.test' })).toMatch(/^250 /)
  await relay.until({ delivered: 1 })
  expect(await relay.summary()).toEqual({ accepted: 1, delivered: 1 })
})

test('sluice config check says the same without starting anything', async () => {
  using folder = tempFolder()
  const file = join(folder.path, 'sluice.toml')
  mkdirSync(join(folder.path, 'var'))
  writeFileSync(file, 'hostnam = "x.test"\n')
  await using bad = new Sluice(['config', 'check'], { SLUICE_CONFIG: file })
  expect(await bad.ended()).toMatchObject({ code: 78 })
  expect(bad.output).toMatch(/hostnam\b.*hostname/)
  writeFileSync(file, 'hostname = "x.test"\n')
  await using good = new Sluice(['config', 'check'], { SLUICE_CONFIG: file })
  expect(await good.ended()).toMatchObject({ code: 0 })
})
