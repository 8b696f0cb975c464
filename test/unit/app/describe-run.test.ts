import { expect, test } from 'vitest'
import { describeRun } from '../../../src/app/describe-run.ts'
import { loadSettings } from '../../../src/config/load-settings.ts'
import { testCertificate } from '../../kit/certificate.ts'

const settings = (env: Record<string, string> = {}) =>
  loadSettings({ SLUICE_CONFIG: '/dev/null', ...env })

test('run.json names the ports as they are and who holds them', () => {
  const run = describeRun({
    settings: settings(),
    startedAt: Date.UTC(2026, 0, 2),
    pids: new Map([['store', 12]]),
    ports: new Map([
      ['smtp', { starttls: ['127.0.0.1:41', '[::1]:42'], implicit: ['127.0.0.1:43'] }],
      ['api', { api: ['127.0.0.1:44'], metrics: ['127.0.0.1:45'] }],
    ]),
  })
  expect(run).toMatchObject({
    pid: process.pid,
    started_at: '2026-01-02T00:00:00.000Z',
    route: 'sandbox',
    submission: [
      { address: '127.0.0.1', port: 41, tls: 'starttls' },
      { address: '::1', port: 42, tls: 'starttls' },
      { address: '127.0.0.1', port: 43, tls: 'implicit' },
    ],
    api: [{ url: 'http://127.0.0.1:44' }],
    metrics: [{ url: 'http://127.0.0.1:45/metrics' }],
    processes: { store: 12 },
  })
})

test('an API on all addresses is reached by the name in its certificate', () => {
  const run = describeRun({
    settings: settings({
      SLUICE_HOSTNAME: 'relay.test',
      SLUICE_API_LISTEN: '0.0.0.0:443',
      SLUICE_API_TLS: 'true',
      SLUICE_TLS_CERT: testCertificate.certPath,
      SLUICE_TLS_KEY: testCertificate.keyPath,
    }),
    startedAt: 0,
    pids: new Map(),
    ports: new Map([['api', { api: ['0.0.0.0:443'] }]]),
  })
  expect(run.api).toEqual([{ url: 'https://relay.test:443' }])
})
