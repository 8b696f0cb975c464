import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { testCertificate } from '../kit/certificate.ts'
import { projectRoot } from '../kit/imports.ts'
import { Sluice } from '../kit/relay-process.ts'
import { Conversation } from '../kit/smtp-conversation.ts'
import { tempFolder } from '../kit/temp-folder.ts'

const hasIpv6 = Object.values(networkInterfaces()).some((one) =>
  one?.some(({ address }) => address === '::1'),
)

/** A port that is free on all addresses, so that the very number can be written down twice. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '::')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

test.skipIf(!hasIpv6)('the settings in the README start, but for ports and paths', async () => {
  using folder = tempFolder()
  const dataDir = join(folder.path, 'var')
  const [, written = ''] =
    /```toml\n([^]*?)```/.exec(readFileSync(join(projectRoot, 'README.md'), 'utf8')) ?? []
  const settings = written
    .replaceAll(':587"', `:${await freePort()}"`)
    .replaceAll(':465"', `:${await freePort()}"`)
    .replace('/var/lib/sluice', dataDir)
    .replace('/etc/sluice/fullchain.pem', testCertificate.certPath)
    .replace('/etc/sluice/privkey.pem', testCertificate.keyPath)
  const file = join(folder.path, 'sluice.toml')
  writeFileSync(file, settings)
  await using sluice = new Sluice(['start'], {
    SLUICE_CONFIG: file,
    SLUICE_API_LISTEN: '127.0.0.1:0',
  })
  const { route, submission } = await sluice.ready(join(dataDir, 'run.json'))
  expect(route).toBe('mx')
  expect(submission.map(({ address, tls }) => `${tls} ${address}`)).toEqual([
    'starttls 0.0.0.0',
    'starttls ::',
    'implicit 0.0.0.0',
    'implicit ::',
  ])
  for (const { address, port, tls } of submission) {
    const near = address === '::' ? '::1' : '127.0.0.1'
    await using client = await Conversation.connect(near, port, tls === 'implicit')
    await client.expect(/^220 relay\.example\.org /)
  }
})
