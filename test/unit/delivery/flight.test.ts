import { expect, test } from 'vitest'
import { Flight } from '../../../src/delivery/flight.ts'
import { StoreClient } from '../../../src/store/protocol/client.ts'
import { hour } from '../../../src/time/clock.ts'
import { eventually } from '../../kit/facts.ts'
import { follow } from '../../kit/sessions.ts'
import { accept, aProcess, messageTo, outcome, recipientOf, runTestStore } from '../../kit/store.ts'
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

test('what ends while a greeting is under way is in no flight after it', async () => {
  using folder = tempFolder()
  const before = await runTestStore(folder.path, { follows: false })
  const message = await accept(before.client, messageTo(['a@d.test', 'b@d.test']))
  const recipients = [recipientOf(message, 0), recipientOf(message, 1)]
  let during = (): void => undefined
  const client = new StoreClient({
    socketPath: before.socketPath,
    principal: aProcess,
    onConnect: async (port) => {
      const greeted = flight.follow(port)
      during()
      await greeted
    },
  })
  const flight = new Flight(client, log, { lock, schedule })
  await client.whenConnected()
  expect(await flight.begin(recipients)).toEqual(recipients)
  const said = outcome(message, { dueAt: 1 }, [1])
  expect(await client.send({ ...said, session: flight.session })).toEqual({ kind: 'ok' })
  // One of them was recorded, and the sender has not come to take note of it yet
  during = () => void flight.end(recipients, new Set(recipients.slice(1)))
  await before.close()
  const { client: other, close } = await runTestStore(folder.path, { follows: false })
  await client.whenConnected()
  await eventually('nothing in flight', async () => {
    const moves = await other.send({ kind: 'in-flight' })
    return (moves.kind === 'in-flight' && moves.recipients.length === 0) || undefined
  })
  // Whoever wanted to begin them before was refused
  await eventually('that they were given back is said', () => flight.takeGivenBack() || undefined)
  expect(flight.takeGivenBack()).toBe(false)
  expect(await flight.begin(recipients)).toEqual(recipients)
  client.close()
  await close()
})
