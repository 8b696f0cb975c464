import { expect, test } from 'vitest'
import { complaints } from '../../kit/written-settings.ts'

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
