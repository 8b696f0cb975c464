import { expect, test } from 'vitest'
import { startRelay } from '../kit/relay.ts'
import { startWorld } from '../kit/world.ts'
import { idIn } from '../kit/smtp-conversation.ts'

test('STARTTLS is used where offered, without asking for names; where it breaks, the mail goes in the clear', async () => {
  await using world = await startWorld(
    {
      'plain.test': {},
      'tls.test': { tls: 'starttls' },
      'broken.test': { tls: 'broken' },
      'unwilling.test': { tls: 'starttls', script: { starttls: '454 4.7.0 not now' } },
    },
    {},
  )
  await using relay = await startRelay({ route: 'mx', settings: world.settings })
  await using client = await relay.smtp()
  const secure = idIn(await client.submit({ to: 'user@tls.test' }))
  for (const domain of ['plain', 'broken', 'unwilling'])
    await client.submit({ to: `user@${domain}.test` })
  await relay.until({ delivered: 4 })
  expect(world.host('tls.test').accepted).toMatchObject([{ tls: true }])
  for (const name of ['plain.test', 'broken.test', 'unwilling.test']) {
    expect(world.host(name).accepted, name).toMatchObject([{ tls: false }])
  }
  const { body } = await relay.api(`/queue/messages/${secure}/attempts`)
  expect(body).toMatchObject({ data: [{ tls: expect.stringMatching(/^TLSv1\.[23]/) as string }] })
  expect(await relay.summary()).toEqual({ accepted: 4, delivered: 4 })
})
