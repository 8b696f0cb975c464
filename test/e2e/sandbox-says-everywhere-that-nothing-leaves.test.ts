import { expect, test } from 'vitest'
import { startRelay } from '../kit/relay.ts'
import { idIn } from '../kit/smtp-conversation.ts'

test('banner, receipt, attempts, mailq and readyz say that the sandbox sends nothing', async () => {
  await using relay = await startRelay()
  await using stranger = await relay.connect()
  await stranger.expect(/^220 relay\.test .*sandbox.*nothing leaves/i)

  await using client = await relay.smtp()
  const receipt = await client.submit({ to: 'user@dest.test' })
  expect(receipt).toMatch(/sandbox.*not sent/i)
  const id = idIn(receipt)
  await relay.until({ delivered: 1 })

  const { body: attempts } = await relay.api(`/queue/messages/${id}/attempts`)
  expect(attempts).toMatchObject({
    data: [{ code: 250, text: expect.stringMatching(/sandbox/i) as string }],
  })

  const { status, body: ready } = await relay.api('/readyz', { key: null })
  expect(status).toBe(200)
  expect(ready).toMatchObject({ status: 'ok', route: 'sandbox', sandbox: true })

  const mailq = await relay.cli(['mailq'])
  expect(mailq.code).toBe(0)
  expect(mailq.output).toMatch(/sandbox/i)
  expect(relay.output).toMatch(/sandbox/i)
  expect(await relay.summary()).toEqual({ accepted: 1, delivered: 1 })
})
