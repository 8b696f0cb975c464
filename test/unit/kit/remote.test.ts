import { expect, test } from 'vitest'
import { Gate } from '../../kit/facts.ts'
import { inTurn, startRemote } from '../../kit/remote.ts'
import { Conversation } from '../../kit/smtp-conversation.ts'

test('the remote end keeps octets as they came, and unstuffs dots for comparison', async () => {
  await using remote = await startRemote()
  await using client = await Conversation.connect(remote.address, remote.port)
  await client.expect(/^220 /)
  await client.ehlo()
  expect(
    await client.submit({ to: ['a@x.test', 'b@x.test'], bytes: '.dot\r\n\xe4\r\n..\r\n' }),
  ).toBe('250 2.0.0 ok')
  expect(remote.accepted).toMatchObject([
    { from: 'sender@customer.test', to: ['a@x.test', 'b@x.test'], tls: false },
  ])
  expect(remote.accepted[0]?.raw.toString('latin1')).toBe('..dot\r\n\xe4\r\n...\r\n')
  expect(remote.accepted[0]?.bytes.toString('latin1')).toBe('.dot\r\n\xe4\r\n..\r\n')
})

test('an empty message is one without octets', async () => {
  await using remote = await startRemote()
  await using client = await Conversation.connect(remote.address, remote.port)
  await client.expect(/^220 /)
  await client.submit({ to: 'a@x.test', bytes: '' })
  expect(remote.accepted[0]?.raw).toHaveLength(0)
})

test('a script changes from turn to turn, and what it refuses is kept apart', async () => {
  await using remote = await startRemote({ dot: inTurn('451 4.3.0 later', '250 2.0.0 ok') })
  await using client = await Conversation.connect(remote.address, remote.port)
  await client.expect(/^220 /)
  expect(await client.submit({ to: 'a@x.test' })).toBe('451 4.3.0 later')
  expect(await client.submit({ to: 'a@x.test' })).toBe('250 2.0.0 ok')
  expect(remote.messages).toHaveLength(2)
  expect(remote.accepted).toHaveLength(1)
})

test('a gate holds the reply until it is opened, and tells that somebody waits', async () => {
  const gate = new Gate()
  await using remote = await startRemote({
    mail: gate.before('250 ok'),
  })
  await using client = await Conversation.connect(remote.address, remote.port)
  await client.expect(/^220 /)
  client.send('MAIL FROM:<>')
  await gate.reached()
  expect(remote.open).toBe(1)
  gate.open()
  await client.expect(/^250 /)
})

test('a dropped connection fails the client that waits for a reply', async () => {
  await using remote = await startRemote({ ehlo: { do: 'drop' } })
  await using client = await Conversation.connect(remote.address, remote.port)
  await client.expect(/^220 /)
  await expect(client.ehlo()).rejects.toThrow(/the connection ended/)
})

test('STARTTLS works, and breaks where the script wants it', async () => {
  await using good = await startRemote({}, { tls: 'starttls' })
  await using client = await Conversation.connect(good.address, good.port)
  await client.expect(/^220 /)
  expect(await client.ehlo()).toMatch(/STARTTLS/)
  await client.startTls()
  expect(await client.ehlo()).not.toMatch(/STARTTLS/)
  await client.submit({ to: 'a@x.test' })
  expect(good.accepted).toMatchObject([{ tls: true }])

  await using bad = await startRemote({}, { tls: 'broken' })
  await using unlucky = await Conversation.connect(bad.address, bad.port)
  await unlucky.expect(/^220 /)
  await expect(unlucky.startTls()).rejects.toThrow()
})
