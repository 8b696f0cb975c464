import { expect, test } from 'vitest'
import { loadSettings } from '../../../src/config/load-settings.ts'
import { sendingRules, whyNotSend } from '../../../src/submission/may-send.ts'
import { testCertificate } from '../../kit/certificate.ts'

const stored = { name: 'x', passwordHash: '', dailyRecipients: null, createdAt: 0 }
const rules = { demoMaySend: false, mustBeStored: true }

test.each([
  ['alice', stored, rules, null],
  ['alice', null, rules, 'gone'],
  ['alice', null, { ...rules, mustBeStored: false }, null],
  ['demo', stored, rules, 'demo'],
  ['demo', null, { ...rules, mustBeStored: false }, 'demo'],
  ['demo', stored, { ...rules, demoMaySend: true }, null],
] as const)('%s, stored as %o, under %o: %s', (name, account, given, why) => {
  expect(whyNotSend(name, account, given)).toBe(why)
})

test('demo may send where no mail leaves the machine, and nowhere else', () => {
  const settings = (route: string) =>
    loadSettings({
      SLUICE_DELIVERY_ROUTE: route,
      SLUICE_TLS_CERT: testCertificate.certPath,
      SLUICE_TLS_KEY: testCertificate.keyPath,
    })
  const backend = { hasStoredAccounts: true }
  expect(sendingRules(settings('sandbox'), backend).demoMaySend).toBe(true)
  expect(sendingRules(settings('smtp://192.0.2.1:25'), backend).demoMaySend).toBe(false)
})
