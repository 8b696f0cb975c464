import { expect, test } from 'vitest'
import { isLoopbackSetup } from '../../../src/config/is-loopback-setup.ts'
import { loadSettings } from '../../../src/config/load-settings.ts'
import { testCertificate } from '../../kit/certificate.ts'

const isLoopback = (env: Record<string, string>): boolean =>
  isLoopbackSetup(
    loadSettings({
      SLUICE_CONFIG: '/dev/null',
      SLUICE_HOSTNAME: 'relay.test',
      SLUICE_TLS_CERT: testCertificate.certPath,
      SLUICE_TLS_KEY: testCertificate.keyPath,
      ...env,
    }),
  )

test('a relay that sends to itself and listens to itself stays on loopback', () => {
  expect(isLoopback({})).toBe(true)
  expect(isLoopback({ SLUICE_DELIVERY_ROUTE: 'smtp://127.0.0.1:2525' })).toBe(true)
  expect(isLoopback({ SLUICE_SUBMISSION_LISTEN: '[::1]:0,127.0.0.1:0' })).toBe(true)
})

test.each([
  { SLUICE_DELIVERY_ROUTE: 'mx' },
  { SLUICE_DELIVERY_ROUTE: 'smtp://smarthost.test:25' },
  { SLUICE_SUBMISSION_LISTEN: '127.0.0.1:0,0.0.0.0:0' },
  { SLUICE_SUBMISSION_LISTEN_TLS: '[::]:0' },
  { SLUICE_API_LISTEN: '192.0.2.1:8080', SLUICE_API_TLS: 'true' },
])('%j goes beyond it', (env) => {
  expect(isLoopback(env)).toBe(false)
})
