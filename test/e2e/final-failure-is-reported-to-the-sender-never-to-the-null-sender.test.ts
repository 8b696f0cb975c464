import { expect, test } from 'vitest'
import { startRelay } from '../kit/relay.ts'
import { startRemote } from '../kit/remote.ts'
import { headerField } from '../kit/sample-mail.ts'
import { idIn } from '../kit/smtp-conversation.ts'

test('a refused message is bounced once to its sender; one from <> and a refused bounce end silently', async () => {
  await using remote = await startRemote({
    rcpt: (address) => (address.endsWith('@dest.test') ? '550 5.7.1 not wanted' : '250 2.1.5 ok'),
  })
  await using relay = await startRelay({ route: remote.route })
  await using client = await relay.smtp()
  const lost = { to: 'a@dest.test', bytes: 'Subject: lost\r\n\r\nsecret body\r\n' }
  const id = idIn(await client.submit(lost))
  await client.submit({ from: '', to: 'b@dest.test' })
  await client.submit({ from: 'nobody@dest.test', to: 'c@dest.test' })
  // The message and its DSN; the one from <>; the message whose DSN to nobody@dest.test is refused as well.
  await relay.until({ bounced: 4, delivered: 1 })

  const [dsn] = remote.accepted
  const bytes = dsn?.bytes ?? Buffer.alloc(0)
  expect(dsn).toMatchObject({ from: '', to: ['sender@customer.test'] })
  expect(headerField(bytes, 'auto-submitted')).toBe('auto-replied')
  expect(headerField(bytes, 'content-type')).toMatch(/report-type="?delivery-status/i)
  expect(bytes.toString()).toMatch(/Action: failed/i)
  expect(bytes.toString()).toMatch(/Status: 5\.7\.1/i)
  expect(bytes.toString()).toMatch(/Diagnostic-Code: smtp; ?550 5\.7\.1 not wanted/i)
  expect(bytes.toString()).toContain('Subject: lost')
  expect(remote.accepted).toHaveLength(1)
  // Each names the other
  const shown = await relay.cli(['show', id])
  const [, bounce = ''] = /^Bounce +(\w+)$/m.exec(shown.output) ?? []
  expect(bytes.toString()).toContain(`Message-ID: <${bounce}@relay.test>`)
  expect((await relay.cli(['show', bounce])).output).toMatch(new RegExp(`^About +${id}$`, 'm'))
  expect(await relay.summary()).toEqual({ accepted: 5, bounced: 4, delivered: 1 })
})
