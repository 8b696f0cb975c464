import { expect, test } from 'vitest'
import { hourly } from '../../kit/usage.ts'
import { doorForAllTests, type FrontDoor } from './front-door.ts'

let door: FrontDoor
doorForAllTests((opened) => (door = opened), {
  SLUICE_RELAY_LOCAL_DOMAINS: 'own.test',
  SLUICE_RELAY_DAILY_RECIPIENTS: '4',
  SLUICE_RELAY_HOURLY_RECIPIENTS: '3',
})

test('an hourly limit beside the daily one refuses the excess one by one; each says when it has room, and counts alone', async () => {
  const limited = { account: 'limited', password: 'limited' }
  await door.putAccount(limited)
  await using client = await door.loggedIn(limited)
  await client.command('MAIL FROM:<a@example.org>', /^250/)
  for (const to of ['a', 'b', 'c']) await client.command(`RCPT TO:<${to}@x.test>`, /^250/)
  const over =
    /^450 4\.7\.1 hourly limit: 3 of 3 recipients used; try again after (\d{4}-\d\d-\d\dT[^ ]*)/
  const refusal = await client.command('RCPT TO:<d@x.test>', over)
  const waitMs = Date.parse(over.exec(refusal)?.[1] ?? '') - Date.now()
  expect(waitMs).toBeLessThanOrEqual(61 * 60_000)
  await client.command('RCPT TO:<v@own.test>', /^250/)
  await client.command('DATA', /^354/)
  expect(await client.write('x\r\n.\r\n').reply()).toMatch(/^250/)
  expect(await client.submit({ to: 'e@x.test' })).toMatch(over)
  const submitter = { kind: 'account', id: 'limited' } as const
  expect(await door.reader.used(hourly, submitter, Date.now())).toBe(3)
})

test('an account without a daily limit has the hourly one all the same; a lost race is refused in its words', async () => {
  const free = { account: 'free', password: 'free' }
  await door.putAccount(free, { dailyRecipients: 'none' })
  await using one = await door.loggedIn(free)
  await using two = await door.loggedIn(free)
  for (const client of [one, two]) {
    await client.openTransaction('a@x.test', 'b@x.test')
  }
  expect(await one.write('x\r\n.\r\n').reply()).toMatch(/^250/)
  expect(await two.write('x\r\n.\r\n').reply()).toMatch(/^450 4\.7\.1 hourly limit: 2 of 3 /)
})
