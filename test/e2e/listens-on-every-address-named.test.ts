import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { networkInterfaces } from 'node:os'
import { expect, test } from 'vitest'
import { testCertificate } from '../kit/certificate.ts'
import { Conversation, idIn } from '../kit/smtp-conversation.ts'
import { startRelay } from '../kit/relay.ts'

const hasIpv6 = Object.values(networkInterfaces()).some((one) =>
  one?.some(({ address }) => address === '::1'),
)

test.skipIf(!hasIpv6)('several listeners, IPv6 too, all take mail', async () => {
  await using relay = await startRelay({
    settings: {
      submission: { listen: ['127.0.0.1:0', '[::1]:0'], listen_tls: ['[::1]:0', '127.0.0.1:0'] },
      api: { listen: ['127.0.0.1:0', '[::1]:0'] },
    },
  })
  expect(relay.run.submission).toHaveLength(4)
  expect(relay.run.api).toHaveLength(2)
  for (const { address, port, tls } of relay.run.submission) {
    await using client = await Conversation.connect(address, port, tls === 'implicit')
    await client.expect(/^220 /)
    await client.ehlo()
    if (tls === 'starttls') {
      await client.startTls()
      await client.ehlo()
    }
    await client.login(relay.login)
    idIn(await client.submit({ to: 'user@dest.test' }))
  }
  await relay.until({ delivered: 4 })
  expect(await relay.summary()).toEqual({ accepted: 4, delivered: 4 })
})

test.skipIf(!hasIpv6)('both wildcards take mail on one port', async () => {
  const port = await freePort()
  await using relay = await startRelay({
    settings: {
      submission: { listen: [`0.0.0.0:${port}`, `[::]:${port}`], listen_tls: [] },
      tls: { cert: testCertificate.certPath, key: testCertificate.keyPath },
    },
  })
  for (const address of ['127.0.0.1', '::1']) {
    await using client = await Conversation.connect(address, port, false)
    await client.expect(/^220 /)
    await client.ehlo()
    await client.startTls()
    await client.ehlo()
    await client.login(relay.login)
    idIn(await client.submit({ to: 'user@dest.test' }))
  }
  await relay.until({ delivered: 2 })
})

async function freePort(): Promise<number> {
  await using server = createServer().listen(0, '0.0.0.0')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}
