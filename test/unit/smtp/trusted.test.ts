import { expect, test } from 'vitest'
import { doorForAllTests, type FrontDoor } from './front-door.ts'

let door: FrontDoor
doorForAllTests((opened) => (door = opened), {
  SLUICE_RELAY_TRUSTED_NETWORKS: '127.0.0.0/24',
  SLUICE_RELAY_DAILY_RECIPIENTS: '2',
  SLUICE_SUBMISSION_MAX_CONNECTIONS_PER_CLIENT: '1',
})

test('a trusted network relays without login and TLS, in its own name and within its limit', async () => {
  await using client = await door.connect()
  await client.ehlo()
  const { message, bytes } = await door.stored(
    await client.submit({ to: ['a@x.test', 'b@x.test'] }),
  )
  expect(message.submitter).toEqual({ kind: 'network', id: '127.0.0.0/24' })
  expect(bytes.toString()).toContain(' with ESMTP id ')
  expect(await client.submit({ to: 'c@x.test' })).toMatch(/^450 4\.7\.1 /)
})

test('its connections have no cap of their own', async () => {
  await using one = await door.connect()
  await using two = await door.connect()
  await one.ehlo()
  await two.ehlo()
})

test('who logs in from there is the account', async () => {
  await using client = await door.loggedIn()
  const { message } = await door.stored(await client.submit({ to: 'a@x.test' }))
  expect(message.submitter).toEqual({ kind: 'account', id: 'alice' })
})
