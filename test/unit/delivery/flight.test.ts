import { expect, test } from 'vitest'
import { Flight } from '../../../src/delivery/flight.ts'
import { hour } from '../../../src/time/clock.ts'
import { follow } from '../../kit/sessions.ts'
import { accept, messageTo, recipientOf, runTestStore } from '../../kit/store.ts'
import { tempFolder } from '../../kit/temp-folder.ts'

const log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
}
const lock = 'delivery.lock'
const schedule = { firstMs: hour, longestMs: hour, factor: 1 }

test('a connection that comes back goes on with the session; one that was closed meanwhile is followed by a new one', async () => {
  using folder = tempFolder()
  const { client, close } = await runTestStore(folder.path, { follows: false })
  const flight = new Flight(client, log, { lock, schedule })
  await flight.follow(client)
  const first = flight.session
  const message = await accept(client, messageTo(['a@d.test']))
  const recipients = [recipientOf(message)]
  expect(await flight.begin(recipients)).toEqual(recipients)
  await flight.follow(client)
  expect(flight.session).toBe(first)
  // Somebody took it for dead
  await client.send(follow({ lock }))
  await flight.follow(client)
  expect(flight.session).toBeGreaterThan(first)
  expect(await client.send({ kind: 'in-flight' })).toMatchObject({ recipients })
  await flight.end(recipients, new Set())
  expect(await client.send({ kind: 'in-flight' })).toMatchObject({ recipients: [] })
  await close()
})
