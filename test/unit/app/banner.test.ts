import { expect, test } from 'vitest'
import { banner } from '../../../src/app/banner.ts'
import type { RunFile } from '../../../src/config/run-files.ts'

const run: RunFile = {
  pid: 1,
  version: '1.2.3',
  started_at: '2026-11-22T07:00:00.000Z',
  route: 'sandbox',
  submission: [
    { address: '127.0.0.1', port: 2587, tls: 'starttls' },
    { address: '::1', port: 2465, tls: 'implicit' },
  ],
  api: [{ url: 'http://127.0.0.1:8080' }],
  metrics: [],
  processes: {},
}
const facts = {
  run,
  readyMs: 1234,
  setupMs: 60,
  dataDir: '/data',
  firstRunFile: '/data/first-run.json',
  selfSignedCert: '/data/tls/self-signed.pem',
}

test('the banner says what runs where, where the login lies, how to send, look and stop', () => {
  const text = banner(facts)
  for (const said of [
    'Sluice 1.2.3 is ready in 1.2 s\n',
    '/data/tls/self-signed.pem (self-signed: trust this file)',
    '127.0.0.1:2587 (STARTTLS)',
    '[::1]:2465 (TLS from the start)',
    'http://127.0.0.1:8080/api/v1',
    '/data/first-run.json',
    'npx sluice send-test you@example.org',
    'npx sluice mailq',
    'Ctrl-C',
  ]) {
    expect(text).toContain(said)
  }
})

test('without the login of a first start there is no test mail that would be refused', () => {
  expect(banner({ ...facts, firstRunFile: null })).not.toContain('send-test')
})

test('a start that had to fetch things counts that in, and says how long it took', () => {
  const text = banner({ ...facts, readyMs: 75_200, setupMs: 73_900 })
  expect(text).toContain('Sluice 1.2.3 is ready in 75.2 s (73.9 s of it for setup)\n')
})

test('with a certificate of an authority there is none to trust by hand', () => {
  expect(banner({ ...facts, selfSignedCert: null })).not.toContain('ertificate')
})

test.each([
  ['sandbox', /sandbox: nothing leaves/],
  ['mx', /mx: real mail to the world/],
  ['smtp://192.0.2.1:25', /smtp:\/\/192\.0\.2\.1:25: all mail goes to this host/],
])('route %s is said in plain words', (route, words) => {
  expect(banner({ ...facts, run: { ...run, route } })).toMatch(words)
})
