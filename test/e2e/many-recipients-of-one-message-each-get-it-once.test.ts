import { expect, test } from 'vitest'
import { startRelay } from '../kit/relay.ts'
import { startRemote } from '../kit/remote.ts'
import { plainMail } from '../kit/sample-mail.ts'
import { idIn, onTheWire } from '../kit/smtp-conversation.ts'

test('a thousand recipients are taken, the next refused, doubled ones merged, each sent once', async () => {
  await using remote = await startRemote()
  await using relay = await startRelay({ route: remote.route })
  await using client = await relay.smtp()
  const addresses = Array.from({ length: 1000 }, (_, i) => `user${i}@d${i % 37}.test`)
  await client.command('MAIL FROM:<sender@customer.test>', /^250/)
  // All in one segment, as PIPELINING allows (RFC 2920).
  client.write(addresses.map((address) => `RCPT TO:<${address}>\r\n`).join(''))
  for (const address of addresses) expect(await client.reply(), address).toMatch(/^250 /)
  await client.command('RCPT TO:<user7@d7.test>', /^250 /)
  await client.command('RCPT TO:<one-too-many@dest.test>', /^452 4\.5\.3 /)
  await client.command('DATA', /^354/)
  const id = idIn(await client.write(onTheWire(plainMail('many'))).reply())
  await relay.until({ delivered: 1000 })

  const got = remote.accepted.flatMap(({ to }) => to)
  expect(got.toSorted()).toEqual(addresses.toSorted())
  expect(Math.max(...remote.accepted.map(({ to }) => to.length))).toBeLessThanOrEqual(100)
  const { body } = await relay.api(`/queue/messages/${id}`)
  expect(body).toMatchObject({ recipient_count: 1000 })
  expect((body as { recipients: unknown[] }).recipients).toHaveLength(100)
  expect(await relay.summary()).toEqual({ accepted: 1, delivered: 1000 })
})

test('where the remote end takes only some recipients at a time, the rest goes at once, not later', async () => {
  let taken = 0
  await using remote = await startRemote({
    mail: () => {
      taken = 0
      return '250 2.1.0 ok'
    },
    rcpt: () => (taken++ < 10 ? '250 2.1.5 ok' : '452 4.5.3 too many recipients'),
  })
  await using relay = await startRelay({
    route: remote.route,
    settings: { delivery: { connections_smarthost: 1 } },
  })
  await using client = await relay.smtp()
  await client.submit({ to: Array.from({ length: 35 }, (_, i) => `user${i}@dest.test`) })
  await relay.until({ delivered: 35 })
  expect(new Set(remote.accepted.flatMap(({ to }) => to)).size).toBe(35)
  expect(remote.accepted).toHaveLength(4)
  const { accepted, delivered } = await relay.summary()
  expect({ accepted, delivered }).toEqual({ accepted: 1, delivered: 35 })
})
