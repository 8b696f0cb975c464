import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadSettings } from '../../../src/config/load-settings.ts'
import { projectRoot } from '../../../src/config/paths.ts'
import { tempFolder } from '../../kit/temp-folder.ts'
import { complaints, load } from '../../kit/written-settings.ts'

test('an empty file means the defaults', () => {
  const settings = load('')
  expect(settings).toMatchObject({
    hostname: 'localhost',
    dataDir: join(projectRoot, 'var'),
    submission: { listen: ['127.0.0.1:2587'], listenTls: ['127.0.0.1:2465'] },
    tls: null,
    api: { listen: ['127.0.0.1:8080'], tls: false },
    redisSocket: null,
    delivery: { route: 'sandbox', port: 25, resolver: null, lifetimeMs: 5 * 86_400_000 },
    relay: { localDomains: [], trustedNetworks: [], dailyRecipients: 300, hourlyRecipients: null },
    retention: { deliveredContentMs: 86_400_000, failedContentMs: 3 * 86_400_000 },
  })
})

test('content of delivered mail is kept for a day where it was swallowed, and not where it was sent', () => {
  const kept = (toml: string) => load(toml).retention.deliveredContentMs
  expect(kept('')).toBe(86_400_000)
  expect(kept('[retention]\nrecords = "1h"\nfailed_content = "1h"\n')).toBe(3_600_000)
  expect(kept('[delivery]\nroute = "smtp://127.0.0.1:25"\n')).toBe(0)
  expect(
    kept('[delivery]\nroute = "smtp://127.0.0.1:25"\n[retention]\ndelivered_content = "2h"\n'),
  ).toBe(7_200_000)
})

test('the settings are frozen to the last leaf', () => {
  const settings = load('[relay]\nlocal_domains = ["example.org"]\n')
  expect(() => (settings.relay.localDomains as string[]).push('example.net')).toThrow(TypeError)
  expect(() => Object.assign(settings.delivery, { route: 'mx' })).toThrow(TypeError)
})

test('the environment wins over the file, the file over the default', () => {
  const toml = 'hostname = "file.test"\n[delivery]\nport = 2525\n'
  const settings = load(toml, { SLUICE_HOSTNAME: 'environment.test' })
  expect(settings.hostname).toBe('environment.test')
  expect(settings.delivery.port).toBe(2525)
  expect(settings.delivery.connections).toBe(500)
})

test('in the environment lists are separated by commas, and every type is read', () => {
  const settings = load('', {
    SLUICE_SUBMISSION_LISTEN: '127.0.0.1:25, [::1]:25',
    SLUICE_DELIVERY_CONNECTIONS: '7',
    SLUICE_DELIVERY_RETRY_FACTOR: '2.5',
    SLUICE_DELIVERY_IPV6: 'true',
    SLUICE_DELIVERY_REST: '90s',
    SLUICE_RELAY_DAILY_RECIPIENTS: '0',
    SLUICE_RELAY_LOCAL_DOMAINS: '',
  })
  expect(settings.submission.listen).toEqual(['127.0.0.1:25', '[::1]:25'])
  expect(settings.delivery).toMatchObject({
    connections: 7,
    retryFactor: 2.5,
    ipv6: true,
    restMs: 90_000,
  })
  expect(settings.relay).toMatchObject({ dailyRecipients: 0, localDomains: [] })
})

test('a variable that ends in _FILE names a file that holds the value', () => {
  using folder = tempFolder()
  const file = join(folder.path, 'hostname')
  writeFileSync(file, 'secret.test\n')
  expect(load('', { SLUICE_HOSTNAME_FILE: file }).hostname).toBe('secret.test')
  expect(complaints('', { SLUICE_HOSTNAME_FILE: join(folder.path, 'none') })).toEqual([
    expect.stringMatching(/^environment: SLUICE_HOSTNAME_FILE: the file .*none can't be read — /),
  ])
  expect(complaints('', { SLUICE_HOSTNAME_FILE: file, SLUICE_HOSTNAME: 'x' })).toEqual([
    'environment: hostname: SLUICE_HOSTNAME and SLUICE_HOSTNAME_FILE are both set — unset one of them',
  ])
})

test('a relative path counts from the folder of the settings file, in a variable too', () => {
  using folder = tempFolder()
  mkdirSync(join(folder.path, 'etc'))
  const file = join(folder.path, 'etc', 'sluice.toml')
  writeFileSync(file, 'data_dir = "../mail"\n')
  expect(loadSettings({ SLUICE_CONFIG: file }).dataDir).toBe(join(folder.path, 'mail'))
  writeFileSync(join(folder.path, 'etc', 'name'), 'secret.test\n')
  const env = { SLUICE_CONFIG: file, SLUICE_DATA_DIR: 'mail', SLUICE_HOSTNAME_FILE: 'name' }
  expect(loadSettings(env)).toMatchObject({
    dataDir: join(folder.path, 'etc', 'mail'),
    hostname: 'secret.test',
  })
})

test('a settings file that is named must exist', () => {
  expect(() => loadSettings({ SLUICE_CONFIG: '/nowhere/sluice.toml' })).toThrow(
    /^SLUICE_CONFIG: \/nowhere\/sluice\.toml can't be read \(ENOENT\) — /,
  )
})

test('names, routes, resolvers and networks come in their one form', () => {
  const settings = load(`
hostname = "Relay.Example.ORG"
[delivery]
route = "smtp://LOCALHOST:2525"
resolver = "::1"
[relay]
local_domains = ["Bücher.Example"]
trusted_networks = ["127.0.0.1"]
daily_recipients = "none"
`)
  expect(settings.hostname).toBe('relay.example.org')
  expect(settings.delivery).toMatchObject({ route: 'smtp://localhost:2525', resolver: '[::1]:53' })
  expect(settings.relay).toEqual({
    localDomains: ['xn--bcher-kva.example'],
    trustedNetworks: ['127.0.0.1/32'],
    dailyRecipients: null,
    hourlyRecipients: null,
  })
})

test('private destinations are open by themselves only where the port says laboratory', () => {
  const allows = (toml: string) => load(`[delivery]\n${toml}`).delivery.allowPrivateDestinations
  expect(allows('')).toBe(false)
  expect(allows('port = 2525\n')).toBe(true)
  expect(allows('port = 2525\nprivate_destinations = "refuse"\n')).toBe(false)
  expect(allows('private_destinations = "allow"\n')).toBe(true)
})
