import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { testCertificate } from '../../kit/certificate.ts'
import { tempFolder } from '../../kit/temp-folder.ts'
import { certificate, complaints } from '../../kit/written-settings.ts'

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
  const trusted = '[relay]\ntrusted_networks = ["127.0.0.1/32"]\n'
  expect(lone(`hostname = "a.test"\n${trusted}[delivery]\nroute = "mx"\n`)).toEqual([])
  expect(lone(`${trusted}[submission]\nlisten = ["192.0.2.1:25"]\n`)).toHaveLength(1)
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

test('a proxy network that is so wide that anybody could claim any address is refused', () => {
  const proxies = (list: string) => complaints(`[api]\ntrusted_proxies = [${list}]\n`)
  expect(proxies('"10.1.0.0/16", "2001:db8::/32"')).toEqual([])
  expect(proxies('"0.0.0.0/0"')).toEqual([
    expect.stringMatching(/api\.trusted_proxies: 0\.0\.0\.0\/0 is wider than \/16/),
  ])
})
