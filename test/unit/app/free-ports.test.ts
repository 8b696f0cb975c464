import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { checkPorts } from '../../../src/app/free-ports.ts'
import { loadSettings } from '../../../src/config/load-settings.ts'

test('each address that is taken is named with its key; the free ones are left free', async () => {
  await using server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const taken = (server.address() as AddressInfo).port
  const settings = (port: number) =>
    loadSettings({
      SLUICE_CONFIG: '/dev/null',
      SLUICE_SUBMISSION_LISTEN: `[::1]:0,127.0.0.1:${port}`,
      SLUICE_SUBMISSION_LISTEN_TLS: '127.0.0.1:0',
      SLUICE_API_LISTEN: '127.0.0.1:0',
    })
  await expect(checkPorts(settings(taken))).rejects.toThrow(
    `submission.listen: something else listens on 127.0.0.1:${taken} — stop it, or write another port here`,
  )
  server.close()
  await once(server, 'close')
  await checkPorts(settings(taken))
  server.listen(taken, '127.0.0.1')
  await once(server, 'listening')
})

test('an address that this machine has not is named', async () => {
  const settings = loadSettings({
    SLUICE_CONFIG: '/dev/null',
    SLUICE_SUBMISSION_LISTEN: '127.0.0.1:0',
    SLUICE_SUBMISSION_LISTEN_TLS: '127.0.0.1:0',
    // RFC 5737: 192.0.2.0/24 is for documentation, nobody has an address there.
    SLUICE_API_LISTEN: '127.0.0.1:0',
  })
  const { api } = settings
  await expect(
    checkPorts({ ...settings, api: { ...api, listen: ['192.0.2.1:8080'] } }),
  ).rejects.toThrow('api.listen: this machine has no such address (192.0.2.1:8080) — ')
})

test('addresses that stand in each other’s way are found out, both wildcards on one port are not', async () => {
  const settings = loadSettings({ SLUICE_CONFIG: '/dev/null' })
  const port = await freePort()
  const listen = (...addresses: string[]) =>
    checkPorts({
      ...settings,
      submission: { ...settings.submission, listen: addresses, listenTls: [] },
      api: { ...settings.api, listen: [] },
    })
  await expect(listen(`127.0.0.1:${port}`, `0.0.0.0:${port}`)).rejects.toThrow(
    `submission.listen: something else listens on 0.0.0.0:${port} — `,
  )
  await listen(`0.0.0.0:${port}`, `[::]:${port}`)
})

async function freePort(): Promise<number> {
  await using server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}
