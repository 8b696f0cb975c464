import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadSettings } from '../../../src/config/load-settings.ts'
import { projectRoot } from '../../../src/config/paths.ts'
import { SettingsError } from '../../../src/config/settings-error.ts'
import type { Settings } from '../../../src/config/settings.ts'
import { testCertificate } from '../../kit/certificate.ts'
import { tempFolder } from '../../kit/temp-folder.ts'

/** The settings that a file of this content and these variables give. */
function load(toml: string, env: Record<string, string> = {}): Settings {
  using folder = tempFolder()
  const file = join(folder.path, 'sluice.toml')
  writeFileSync(file, toml)
  return loadSettings({ SLUICE_CONFIG: file, ...env })
}

/** What is said about settings that don't hold: one line a problem, the folder's name left out. */
function complaints(toml: string, env: Record<string, string> = {}): string[] {
  try {
    load(toml, env)
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error
    return error.message.split('\n').map((line) => line.replace(/^\S*sluice\.toml/, 'sluice.toml'))
  }
  return []
}

const certificate = `[tls]\ncert = "${testCertificate.certPath}"\nkey = "${testCertificate.keyPath}"\n`

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
    retention: { deliveredContentMs: 0, failedContentMs: 3 * 86_400_000 },
  })
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

test('broken TOML is named by its line', () => {
  expect(complaints('hostname = "a.test"\nport = = 3\n')).toEqual([
    expect.stringMatching(/^sluice\.toml: line 2, column \d+: invalid TOML: .+ — /),
  ])
})

test('an unknown key is refused with the nearest one that there is', () => {
  expect(complaints('hostnam = "x.test"\n[delivery]\nrout = "mx"\n[deliver]\nport = 1\n')).toEqual([
    'sluice.toml: hostnam: unknown key — write hostname, or remove it',
    'sluice.toml: delivery.rout: unknown key — write delivery.route, or remove it',
    'sluice.toml: deliver: unknown key — write delivery, or remove it',
  ])
  expect(complaints('', { SLUICE_DELIVERY_ROUT: 'mx' })).toEqual([
    'environment: SLUICE_DELIVERY_ROUT: unknown setting — write SLUICE_DELIVERY_ROUTE, or unset it',
  ])
  expect(complaints('delivery = "mx"\n')).toEqual([
    'sluice.toml: delivery: is a section, not a value — write it as a section: [delivery]',
  ])
})

test.each([
  ['hostname = 3', 'hostname: 3 is of the wrong type'],
  ['[submission]\nlisten = "127.0.0.1:25"', 'submission.listen: "127.0.0.1:25" is of the wrong'],
  ['[submission]\nlisten = [25]', 'submission.listen: 25 is of the wrong type'],
  ['[submission]\nlisten = ["localhost:25"]', 'submission.listen: "localhost:25" is not an'],
  ['[submission]\nlisten = []\nlisten_tls = []', 'submission.listen: is empty, and so is submiss'],
  ['[api]\nlisten = ["127.0.0.1:2587"]', 'api.listen: 127.0.0.1:2587 is named twice'],
  [
    '[submission]\nlisten = ["[::1]:2465"]\nlisten_tls = ["[::0001]:2465"]',
    'submission.listen_tls: [::1]:2465 is named twice',
  ],
  [
    '[submission]\nlisten = ["127.0.0.2:2465"]\n[api]\nlisten = ["127.0.0.2:2465"]',
    'api.listen: 127.0.0.2:2465 is named twice',
  ],
  ['[submission]\nmax_recipients = 10001', 'submission.max_recipients: 10001 is out of range'],
  [
    '[submission]\nmax_message_bytes = 1073741825',
    'submission.max_message_bytes: 1073741825 is out of range',
  ],
  ['[delivery]\nconnections = 1000001', 'delivery.connections: 1000001 is out of range'],
  ['[delivery]\nconnect_timeout = "30d"', 'delivery.connect_timeout: "30d" is too long'],
  ['[delivery]\nreply_timeout = "13d"', 'delivery.reply_timeout: "13d" is too long'],
  ['[delivery]\nrest = "30d"', 'delivery.rest: "30d" is too long'],
  ['[submission]\nidle_timeout = "30d"', 'submission.idle_timeout: "30d" is too long'],
  ['[submission]\ndata_timeout = "30d"', 'submission.data_timeout: "30d" is too long'],
  ['[retention]\nrecords = "999999999d"', 'retention.records: "999999999d" is too long'],
  [
    '[relay]\ntrusted_networks = ["192.0.2.5/24"]',
    'relay.trusted_networks: "192.0.2.5/24" is an address within a network — write "192.0.2.0/24" for the network, or "192.0.2.5" for the address alone',
  ],
  ['[submission]\nmax_recipients = 99', 'submission.max_recipients: 99 is out of range'],
  ['[submission]\nmax_recipients = 1.5', 'submission.max_recipients: 1.5 is of the wrong type'],
  ['[delivery]\nipv6 = "yes"', 'delivery.ipv6: "yes" is of the wrong type'],
  ['[delivery]\nrest = "5 minutes"', 'delivery.rest: "5 minutes" is not a duration'],
  ['[delivery]\nretry_factor = 0.5', 'delivery.retry_factor: 0.5 is out of range'],
  ['[delivery]\nretry_first = "5h"', 'delivery.retry_first: is longer than delivery.retry_longest'],
  ['[delivery]\nroute = "smtp://host"', 'delivery.route: "smtp://host" is not a route'],
  [
    '[delivery]\nroute = "smtp://user:p/@w@host:25"',
    'delivery.route: "…@host:25" has a login — write "smtp://host:port": there is no login in a route',
  ],
  [
    '[delivery]\nroute = ["smtp://user:pw@host:25"]',
    'delivery.route: what is written there is of the wrong type',
  ],
  ['[delivery]\nresolver = "dns.test"', 'delivery.resolver: "dns.test" is not a DNS server'],
  ['[delivery]\nprivate_destinations = "no"', 'delivery.private_destinations: "no" is not valid'],
  ['[relay]\ndaily_recipients = -1', 'relay.daily_recipients: -1 is not a count'],
  ['[relay]\ndaily_recipients = "all"', 'relay.daily_recipients: "all" is not a count'],
  ['[relay]\nlocal_domains = ["a b"]', 'relay.local_domains: "a b" is not a domain'],
  ['[relay]\ntrusted_networks = ["10.0.0.0/33"]', 'relay.trusted_networks: "10.0.0.0/33" is no'],
  ['data_dir = ""', 'data_dir: is empty'],
  ['[tls]\ncert = "cert.pem"', 'tls.key: is missing, while tls.cert is set'],
  ['[tls]\nkey = "key.pem"', 'tls.cert: is missing, while tls.key is set'],
  ['[retention]\nrecords = "1d"', 'retention.failed_content: is longer than retention.records'],
])('%j is refused in one line that names key and mend', (toml, start) => {
  const lines = complaints(`${toml}\n`)
  expect(lines).toHaveLength(1)
  expect(lines[0]?.replace('sluice.toml: ', '')).toMatch(/ — \S/)
  expect(lines[0]?.replace('sluice.toml: ', '').slice(0, start.length)).toBe(start)
})

test('all problems are said at once', () => {
  expect(complaints('hostname = 1\n[delivery]\nport = 0\nroute = "x"\n')).toHaveLength(3)
})

test('certificate and key must be readable, PEM, and a pair', () => {
  using folder = tempFolder()
  const rubbish = join(folder.path, 'rubbish.pem')
  writeFileSync(rubbish, 'no certificate')
  const pair = (cert: string, key: string) =>
    complaints(`[tls]\ncert = "${cert}"\nkey = "${key}"\n`)
  expect(pair(testCertificate.certPath, testCertificate.keyPath)).toEqual([])
  expect(pair('/nowhere/c.pem', testCertificate.keyPath)).toEqual([
    expect.stringMatching(/tls\.cert: \/nowhere\/c\.pem can't be read — /),
  ])
  expect(pair(rubbish, testCertificate.keyPath)).toEqual([
    expect.stringMatching(/tls\.cert: .* are not a certificate and its key in PEM — /),
  ])
})

test('the API beyond loopback needs TLS, and TLS beyond loopback a certificate', () => {
  const beyond = '[api]\nlisten = ["0.0.0.0:8080"]\n'
  expect(complaints(beyond)).toEqual([
    expect.stringMatching(
      /api\.listen: 0\.0\.0\.0:8080 is not on loopback, and API keys would be sent in the clear — /,
    ),
  ])
  expect(complaints(`${beyond}tls = true\n`)).toEqual([
    expect.stringMatching(/api\.listen: 0\.0\.0\.0:8080 can't be served without a certificate — /),
  ])
  expect(complaints(`${beyond}tls = true\n${certificate}`)).toEqual([])
  expect(complaints('[api]\nlisten = ["[::1]:8080"]\ntls = true\n')).toEqual([])
})

test('both wildcards go together on one port; an address beside the wildcard of its family does not', () => {
  const listen = (...addresses: string[]) =>
    complaints(`[submission]\nlisten = ${JSON.stringify(addresses)}\n${certificate}`)
  expect(listen('0.0.0.0:587', '[::]:587')).toEqual([])
  expect(listen('127.0.0.1:587', '0.0.0.0:587')).toEqual([
    "sluice.toml: submission.listen: 0.0.0.0:587 and 127.0.0.1:587 can't both be listened on — write one of them, or another port",
  ])
  expect(listen('[::]:587', '[::1]:587')).toHaveLength(1)
})

test('what leaves this machine, and who is reached from outside, needs a certificate', () => {
  const needed = /without a certificate — /
  const lone = (toml: string, env = {}) => complaints(toml, env).filter((line) => needed.test(line))
  expect(lone('hostname = "a.test"\n[delivery]\nroute = "mx"\n')).toHaveLength(1)
  expect(lone('[delivery]\nroute = "smtp://smarthost.test:25"\n')).toHaveLength(1)
  expect(lone('[submission]\nlisten = ["192.0.2.1:25"]\n')).toHaveLength(1)
  expect(lone('[delivery]\nroute = "smtp://[::1]:2525"\n')).toEqual([])
  expect(complaints(`hostname = "a.test"\n[delivery]\nroute = "mx"\n${certificate}`)).toEqual([])
})

test('route mx needs a host name that the world can look up', () => {
  for (const hostname of ['relay', 'localhost', 'localhost.localdomain']) {
    expect(
      complaints(`hostname = "${hostname}"\n[delivery]\nroute = "mx"\n${certificate}`),
    ).toEqual([expect.stringMatching(/hostname: ".*" is not fully qualified.* — /)])
  }
})

test('a wide trusted network must be named twice', () => {
  const trust = (network: string, wide = '') =>
    complaints(`[relay]\ntrusted_networks = ["${network}"]\nallow_wide = [${wide}]\n`)
  expect(trust('10.0.0.0/8')).toEqual([
    expect.stringMatching(/10\.0\.0\.0\/8 is wider than \/16: .* relay\.allow_wide/),
  ])
  expect(trust('2001:db8::/31')).toEqual([expect.stringContaining('is wider than /32')])
  expect(trust('10.0.0.0/8', '"192.0.0.0/8"')).toHaveLength(1)
  expect(trust('10.0.0.0/8', '"10.0.0.0/8"')).toEqual([])
  expect(trust('2001:db8::/31', '"2001:db8:0::/31"')).toEqual([])
  expect(trust('10.0.0.0/16')).toEqual([])
  expect(trust('2001:db8::/32')).toEqual([])
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
