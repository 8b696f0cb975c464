import { expect, test } from 'vitest'
import { addAccount } from '../kit/admit.ts'
import { startRelay } from '../kit/relay.ts'
import { plainMail } from '../kit/sample-mail.ts'
import { idIn, onTheWire } from '../kit/smtp-conversation.ts'

const overLimit = /^450 4\.7\.1 /

test('recipients beyond the limit are refused one by one, the others are sent, local ones are free', async () => {
  await using relay = await startRelay({
    settings: { relay: { daily_recipients: 3, local_domains: ['customer.test'] } },
  })
  const login = await addAccount(relay.dataDir, 'limited')
  await using client = await relay.smtp({ as: login })
  await client.command('MAIL FROM:<sender@customer.test>', /^250/)
  await client.command('RCPT TO:<one@dest.test>', /^250/)
  await client.command('RCPT TO:<two@dest.test>', /^250/)
  await client.command('RCPT TO:<colleague@customer.test>', /^250/)
  await client.command('RCPT TO:<three@dest.test>', /^250/)
  expect(await client.command('RCPT TO:<four@dest.test>', overLimit)).toMatch(/3/)
  await client.command('RCPT TO:<boss@customer.test>', /^250/)
  await client.command('DATA', /^354/)
  const reply = await client.write(onTheWire(plainMail('limit'))).reply()
  const id = idIn(reply)
  await relay.until({ delivered: 5 })
  const { body } = await relay.api(`/queue/messages/${id}`)
  expect(body).toMatchObject({ recipient_count: 5 })

  expect(await client.submit({ to: 'five@dest.test' })).toMatch(overLimit)
  await client.command('RSET', /^250/)
  expect(await client.submit({ to: 'all@customer.test' })).toMatch(/^250 /)
  await relay.until({ delivered: 6 })
  expect(await relay.summary()).toEqual({ accepted: 2, delivered: 6 })
})

test('of two that race for the last room one is refused whole and counts nothing', async () => {
  await using relay = await startRelay({ settings: { relay: { daily_recipients: 4 } } })
  const login = await addAccount(relay.dataDir, 'limited')
  await using first = await relay.smtp({ as: login })
  await using second = await relay.smtp({ as: login })
  for (const client of [first, second]) {
    await client.openTransaction('a@dest.test', 'b@dest.test', 'c@dest.test')
  }
  first.write(onTheWire(plainMail('first')))
  second.write(onTheWire(plainMail('second')))
  const replies = await Promise.all([first.reply(), second.reply()])
  expect(replies.filter((reply) => reply.startsWith('250 '))).toHaveLength(1)
  expect(replies.filter((reply) => overLimit.test(reply))).toHaveLength(1)
  await relay.until({ delivered: 3 })
  // One place is left: the refused three took none of it.
  expect(await first.submit({ to: 'last@dest.test' })).toMatch(/^250 /)
  expect(await second.submit({ to: 'more@dest.test' })).toMatch(overLimit)
  await relay.until({ delivered: 4 })
  expect(await relay.summary()).toEqual({ accepted: 2, delivered: 4 })
})

test('a limit of 0 lets nothing out, and an account without limit is not bound by the default', async () => {
  await using relay = await startRelay({ settings: { relay: { daily_recipients: 0 } } })
  const none = await addAccount(relay.dataDir, 'none')
  const free = await addAccount(relay.dataDir, 'free', 'none')
  await using bound = await relay.smtp({ as: none })
  expect(await bound.submit({ to: 'user@dest.test' })).toMatch(/^[45]50 [45]\.7\.1 /)
  await using unbound = await relay.smtp({ as: free })
  expect(await unbound.submit({ to: 'user@dest.test' })).toMatch(/^250 /)
  await relay.until({ delivered: 1 })
  expect(await relay.summary()).toEqual({ accepted: 1, delivered: 1 })
})
