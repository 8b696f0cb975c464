import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { ensureSelfSigned } from '../../../src/app/self-signed.ts'
import { dataPaths } from '../../../src/config/paths.ts'
import { day, systemClock } from '../../../src/time/clock.ts'
import { testCertificate } from '../../kit/certificate.ts'
import { tempFolder } from '../../kit/temp-folder.ts'

test('the pair fits together, names the host and loopback, and its key is private', async () => {
  using folder = tempFolder()
  const paths = dataPaths(folder.path)
  await ensureSelfSigned(paths, 'relay.test', systemClock.now())
  const certificate = new X509Certificate(readFileSync(paths.selfSignedCert))
  const key = createPrivateKey(readFileSync(paths.selfSignedKey))
  expect(certificate.checkPrivateKey(key)).toBe(true)
  expect(certificate.verify(certificate.publicKey)).toBe(true)
  expect(certificate.checkHost('relay.test')).toBe('relay.test')
  expect(certificate.checkHost('localhost')).toBe('localhost')
  expect(certificate.checkIP('127.0.0.1')).toBe('127.0.0.1')
  expect(certificate.checkIP('::1')).toBe('::1')
  expect(certificate.ca).toBe(false)
  expect(statSync(paths.selfSignedKey).mode & 0o777).toBe(0o600)
})

test('it is kept while it is good, and made anew for another name or near its end', async () => {
  using folder = tempFolder()
  const paths = dataPaths(folder.path)
  const now = systemClock.now()
  const made = async (hostname: string, at: number): Promise<string> => {
    await ensureSelfSigned(paths, hostname, at)
    return readFileSync(paths.selfSignedCert, 'utf8')
  }
  const first = await made('a.test', now)
  expect(await made('a.test', now + day)).toBe(first)
  const renamed = await made('b.test', now)
  expect(renamed).not.toBe(first)
  expect(await made('b.test', now + 3630 * day)).not.toBe(renamed)
})

test.each([
  ['is lost', null],
  ['is another’s', readFileSync(testCertificate.keyPath, 'utf8')],
  ['is none', 'no key'],
])('where its key %s, both are made anew and fit', async (_, content) => {
  using folder = tempFolder()
  const paths = dataPaths(folder.path)
  await ensureSelfSigned(paths, 'a.test', systemClock.now())
  const before = readFileSync(paths.selfSignedCert, 'utf8')
  rmSync(paths.selfSignedKey)
  if (content !== null) writeFileSync(paths.selfSignedKey, content)
  await ensureSelfSigned(paths, 'a.test', systemClock.now())
  const certificate = new X509Certificate(readFileSync(paths.selfSignedCert))
  expect(certificate.toString()).not.toBe(before)
  expect(certificate.checkPrivateKey(createPrivateKey(readFileSync(paths.selfSignedKey)))).toBe(
    true,
  )
})
