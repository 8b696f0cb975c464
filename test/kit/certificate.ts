import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const path = (name: string): string =>
  fileURLToPath(new URL(`certificate/${name}`, import.meta.url))

/** A self-signed pair for tests, valid for relay.test, localhost and *.mx.test; its key is public, it protects nothing. */
export const testCertificate = {
  certPath: path('cert.pem'),
  keyPath: path('key.pem'),
  cert: readFileSync(path('cert.pem'), 'utf8'),
  key: readFileSync(path('key.pem'), 'utf8'),
}
