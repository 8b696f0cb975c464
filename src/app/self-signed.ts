import { createPrivateKey, X509Certificate } from 'node:crypto'
import { mkdirSync, readFileSync } from 'node:fs'
import type { DataPaths } from '../config/paths.ts'
import { day, type Millis } from '../time/clock.ts'
import { replaceFile } from './run-file.ts'

const validMs = 3650 * day
const renewBeforeMs = 30 * day

/**
 * Provides a self-signed certificate for a relay on loopback, where no authority could issue one. It is kept as long as it is
 * valid, names this host and has its key beside it; otherwise both are made again.
 */
export async function ensureSelfSigned(
  paths: DataPaths,
  hostname: string,
  now: Millis,
): Promise<void> {
  if (isGood(paths, hostname, now)) return
  const { cert, key } = await makeSelfSigned(hostname, now)
  mkdirSync(paths.tlsDir, { recursive: true, mode: 0o700 })
  replaceFile(paths.selfSignedKey, key)
  replaceFile(paths.selfSignedCert, cert, 0o644)
}

function isGood(paths: DataPaths, hostname: string, now: Millis): boolean {
  try {
    const certificate = new X509Certificate(readFileSync(paths.selfSignedCert))
    const named = certificate.checkHost(hostname) !== undefined
    const paired = certificate.checkPrivateKey(createPrivateKey(readFileSync(paths.selfSignedKey)))
    return named && paired && certificate.validToDate.getTime() - now > renewBeforeMs
  } catch {
    return false
  }
}

async function makeSelfSigned(
  hostname: string,
  now: Millis,
): Promise<{ cert: string; key: string }> {
  // Loaded only here: it takes 23 MB, and a second start needs none of it.
  const { generate } = await import('selfsigned')
  const names = [...new Set([hostname, 'localhost'])]
  const { cert, private: key } = await generate([{ name: 'commonName', value: hostname }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(now - day),
    notAfterDate: new Date(now + validMs),
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          ...names.map((value) => ({ type: 2 as const, value })),
          { type: 7 as const, ip: '127.0.0.1' },
          { type: 7 as const, ip: '::1' },
        ],
      },
    ],
  })
  return { cert, key }
}
