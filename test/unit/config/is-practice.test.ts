import { expect, test } from 'vitest'
import { isPractice } from '../../../src/config/is-practice.ts'
import { loadSettings } from '../../../src/config/load-settings.ts'
import { testCertificate } from '../../kit/certificate.ts'

const practises = (env: Record<string, string>): boolean =>
  isPractice(
    loadSettings({
      SLUICE_CONFIG: '/dev/null',
      SLUICE_HOSTNAME: 'relay.test',
      SLUICE_TLS_CERT: testCertificate.certPath,
      SLUICE_TLS_KEY: testCertificate.keyPath,
      ...env,
    }),
  )

test('a relay that swallows its mail and listens to this machine is one to practise with', () => {
  expect(practises({})).toBe(true)
  expect(practises({ SLUICE_SUBMISSION_LISTEN: '[::1]:0,127.0.0.1:0' })).toBe(true)
})

test.each([
  { SLUICE_DELIVERY_ROUTE: 'mx' },
  { SLUICE_DELIVERY_ROUTE: 'smtp://smarthost.test:25' },
  // Where that one sends is not known here
  { SLUICE_DELIVERY_ROUTE: 'smtp://127.0.0.1:2525' },
  { SLUICE_SUBMISSION_LISTEN: '127.0.0.1:0,0.0.0.0:0' },
  { SLUICE_SUBMISSION_LISTEN_TLS: '[::]:0' },
  { SLUICE_API_LISTEN: '192.0.2.1:8080', SLUICE_API_TLS: 'true' },
])('%j is none', (env) => {
  expect(practises(env)).toBe(false)
})
