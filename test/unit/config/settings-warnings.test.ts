import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generate } from 'selfsigned'
import { expect, test } from 'vitest'
import { loadSettings } from '../../../src/config/load-settings.ts'
import { hostnameWarning, settingsWarnings } from '../../../src/config/settings-warnings.ts'
import { day } from '../../../src/time/clock.ts'
import { tempFolder } from '../../kit/temp-folder.ts'

const now = Date.UTC(2026, 10, 1)

interface Made {
  days?: number
  bits?: number
  keyMode?: number
}

/** Settings with a certificate of its own that ends in so many days. */
async function withCertificate(folder: string, { days = 60, bits = 2048, keyMode = 0o600 }: Made) {
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'relay.test' }], {
    keyType: 'rsa',
    keySize: bits,
    notBeforeDate: new Date(now - 90 * day),
    notAfterDate: new Date(now + days * day),
  })
  const [certPath, keyPath] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
  writeFileSync(certPath, cert)
  writeFileSync(keyPath, key)
  chmodSync(keyPath, keyMode)
  return loadSettings({
    SLUICE_CONFIG: '/dev/null',
    SLUICE_TLS_CERT: certPath,
    SLUICE_TLS_KEY: keyPath,
  })
}

test.each<[string, Made, RegExp[]]>([
  ['nothing is said of a good certificate', {}, []],
  ['nor of a key that its group may read', { keyMode: 0o640 }, []],
  ['one that ends within 14 days', { days: 13 }, [/^tls\.cert .*expires on 2026-11-14/]],
  ['one that has ended', { days: -1 }, [/^tls\.cert .*expired on 2026-10-31.*refuse it/]],
  ['a short RSA key', { bits: 1024 }, [/^tls\.cert .*less than 2048 bits/]],
  ['a key that everybody can read', { keyMode: 0o644 }, [/^tls\.key .*every user.*chmod o=/]],
])('warnings about a certificate: %s', async (_, made, expected) => {
  using folder = tempFolder()
  const warnings = settingsWarnings(await withCertificate(folder.path, made), now)
  const lines = warnings.map(({ key, problem, mend }) => `${key} ${problem} — ${mend}`)
  expect(lines).toEqual(expected.map((each) => expect.stringMatching(each) as string))
})

const real = { SLUICE_CONFIG: '/dev/null', SLUICE_DELIVERY_ROUTE: 'mx' }

test('real mail without a certificate is a warning where software of this machine is trusted', () => {
  const settings = loadSettings({
    ...real,
    SLUICE_HOSTNAME: 'relay.example.org',
    SLUICE_RELAY_TRUSTED_NETWORKS: '127.0.0.1/32',
  })
  expect(settings.tls).toBeNull()
  expect(settingsWarnings(settings, now)).toEqual([
    expect.objectContaining({
      key: 'tls.cert',
      problem: expect.stringMatching(/self-signed/) as string,
    }),
  ])
  expect(settingsWarnings(loadSettings({ SLUICE_CONFIG: '/dev/null' }), now)).toEqual([])
})

test('a name that DNS does not know is a warning on a real route, and nothing in the sandbox', async () => {
  const trusted = { SLUICE_RELAY_TRUSTED_NETWORKS: '127.0.0.1/32' }
  const named = { SLUICE_HOSTNAME: 'relay.invalid' }
  expect(await hostnameWarning(loadSettings({ ...real, ...trusted, ...named }))).toMatchObject({
    key: 'hostname',
    problem: expect.stringMatching(/^relay\.invalid was not found in DNS/) as string,
  })
  expect(await hostnameWarning(loadSettings({ SLUICE_CONFIG: '/dev/null', ...named }))).toBeNull()
})
