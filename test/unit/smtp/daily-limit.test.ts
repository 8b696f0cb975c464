import { describe, expect, test } from 'vitest'
import { daily } from '../../kit/usage.ts'
import { doorForAllTests, type FrontDoor } from './front-door.ts'

let door: FrontDoor
doorForAllTests((opened) => (door = opened), {
  SLUICE_SUBMISSION_MAX_RECIPIENTS: '100',
  SLUICE_RELAY_LOCAL_DOMAINS: 'own.test',
  SLUICE_RELAY_DAILY_RECIPIENTS: '3',
})

describe('the daily limit', () => {
  const limited = { account: 'limited', password: 'limited' }

  test('refuses excess recipients one by one, with used, allowed and when room returns', async () => {
    await door.putAccount(limited)
    await using client = await door.loggedIn(limited)
    expect(await client.submit({ to: ['a@x.test', 'b@x.test', 'u@own.test'] })).toMatch(/^250/)
    await client.command('MAIL FROM:<a@example.org>', /^250/)
    await client.command('RCPT TO:<c@x.test>', /^250/)
    await client.command(
      'RCPT TO:<d@x.test>',
      /^450 4\.7\.1 daily limit: 3 of 3 recipients used; try again after \d{4}-\d\d-\d\dT/,
    )
    await client.command('RCPT TO:<v@own.test>', /^250/)
    await client.command('DATA', /^354/)
    const { message } = await door.stored(await client.write('x\r\n.\r\n').reply())
    expect(message.recipients.map(({ address }) => address)).toEqual(['c@x.test', 'v@own.test'])
  })

  test('a lost race refuses the whole message and counts nothing', async () => {
    const racer = { account: 'racer', password: 'racer' }
    await door.putAccount(racer)
    await using one = await door.loggedIn(racer)
    await using two = await door.loggedIn(racer)
    for (const client of [one, two]) {
      await client.openTransaction('a@x.test', 'b@x.test')
    }
    expect(await one.write('x\r\n.\r\n').reply()).toMatch(/^250/)
    expect(await two.write('x\r\n.\r\n').reply()).toMatch(/^450 4\.7\.1 daily limit: 2 of 3 /)
    const racing = { kind: 'account', id: 'racer' } as const
    expect(await door.reader.used(daily, racing, Date.now())).toBe(2)
    expect(await two.submit({ to: 'c@x.test' })).toMatch(/^250/)
  })

  test('of 0 lets nothing out, and mail to local domains in', async () => {
    const none = { account: 'none', password: 'none' }
    await door.putAccount(none, { dailyRecipients: 0 })
    await using client = await door.loggedIn(none)
    expect(await client.submit({ to: 'a@x.test' })).toMatch(
      /^450 4\.7\.1 daily limit: 0 of 0 recipients used; nothing more is accepted until/,
    )
    await client.command('RSET', /^250/)
    expect(await client.submit({ to: 'a@own.test' })).toMatch(/^250/)
  })
})

test('one line for each message, accepted or refused, with who and how much', async () => {
  await using client = await door.loggedIn()
  const { message } = await door.stored(await client.submit({ to: 'u@own.test' }))
  const lines = door.logged.map((line) => JSON.parse(line) as Record<string, unknown>)
  expect(lines).toContainEqual({
    level: 'info',
    id: message.id,
    submitter: 'account:alice',
    client: '127.0.0.1',
    helo: expect.any(String) as string,
    tls: expect.stringMatching(/^TLSv1\.\d TLS_\w+$/) as string,
    sender: message.from,
    recipients: 1,
    size_bytes: message.sizeBytes,
    message_id: message.messageIdHeader,
    delay: expect.any(Number) as number,
    delays: { receive: expect.any(Number) as number, store: expect.any(Number) as number },
    message: 'message accepted',
  })
  expect(lines).toContainEqual(
    expect.objectContaining({
      submitter: 'account:racer',
      reason: 'limit',
      code: 450,
      message: 'refused',
    }),
  )
})
