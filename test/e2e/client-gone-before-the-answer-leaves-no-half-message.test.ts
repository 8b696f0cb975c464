import { expect, test } from 'vitest'
import { eventually } from '../kit/facts.ts'
import { startRelay } from '../kit/relay.ts'
import { largeMail } from '../kit/sample-mail.ts'
import { onTheWire } from '../kit/smtp-conversation.ts'

test('a client that vanishes in the middle of DATA leaves nothing; one that vanishes after the dot leaves all or nothing', async () => {
  await using relay = await startRelay()
  const wire = onTheWire(largeMail('half', 2 * 1024 * 1024))
  for (const part of [100, 300_000, wire.length - 3]) {
    const client = await relay.smtp()
    await client.openTransaction('user@dest.test')
    client.write(wire.subarray(0, part))
    client.destroy()
  }
  await using client = await relay.smtp()
  expect(await client.submit({ to: 'whole@dest.test' })).toMatch(/^250 /)
  await relay.until({ delivered: 1 })

  const gone = await relay.smtp()
  await gone.openTransaction('after-the-dot@dest.test')
  gone.write(onTheWire('Subject: gone\r\n\r\nbody\r\n'))
  gone.destroy()
  expect(await client.submit({ to: 'last@dest.test' })).toMatch(/^250 /)
  const ledger = await eventually('nothing open', async () => {
    const { body } = await relay.api('/ledger')
    return (body as { open: number }).open === 0 ? body : undefined
  })
  expect(ledger).toMatchObject({ difference: 0 })
  const { accepted = 0, delivered } = await relay.summary()
  expect([2, 3]).toContain(accepted)
  expect(delivered).toBe(accepted)
})
