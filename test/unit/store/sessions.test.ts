import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Command, DuePush, FollowCommand } from '../../../src/store/protocol/commands.ts'
import { StoreClient } from '../../../src/store/protocol/client.ts'
import { eventually } from '../../kit/facts.ts'
import {
  accept,
  aProcess,
  messageTo,
  operation,
  outcome,
  recipientOf,
  runTestStore,
} from '../../kit/store.ts'
import { firstSession as session, follow } from '../../kit/sessions.ts'
import { tempFolder } from '../../kit/temp-folder.ts'

let folder: ReturnType<typeof tempFolder>
let running: Awaited<ReturnType<typeof runTestStore>>
const others: StoreClient[] = []
beforeEach(async () => {
  folder = tempFolder()
  running = await runTestStore(folder.path)
})
afterEach(async () => {
  for (const other of others.splice(0)) other.close()
  await running.close()
  folder[Symbol.dispose]()
})

/** The store anew, followed by nobody. */
const restart = async () => {
  await running.close()
  running = await runTestStore(folder.path, { follows: false })
}

/** Another sender, its session, and what it is pushed. */
async function anotherSender(more: Partial<FollowCommand> = {}) {
  const pushes: DuePush[] = []
  const { socketPath } = running
  const client = new StoreClient({
    socketPath,
    principal: aProcess,
    onPush: (push) => pushes.push(push),
  })
  others.push(client)
  await client.whenConnected()
  const answer = await client.send(follow(more))
  if (answer.kind !== 'followed') throw new Error(JSON.stringify(answer))
  return { client, session: answer.session, pushes }
}

const start = (client: StoreClient, recipients: readonly number[], of = session) =>
  client.send({ kind: 'start', session: of, recipients })
const inFlight = async () => {
  const answer = await running.client.send({ kind: 'in-flight' })
  return answer.kind === 'in-flight' ? answer.recipients : []
}
const untilInFlight = (recipients: readonly number[]) =>
  eventually('only these in flight', async () =>
    JSON.stringify(await inFlight()) === JSON.stringify(recipients) ? true : undefined,
  )
const notOpen = { kind: 'refused', reason: 'session not open' }

test('a follower says what it still has in flight, the store forgets the rest', async () => {
  const { client } = running
  const message = await accept(client, messageTo(['a@d.test', 'b@d.test']))
  const recipients = [recipientOf(message, 0), recipientOf(message, 1)]
  expect(await start(client, recipients)).toEqual({ kind: 'started', recipients })
  await client.send(follow({ session, inFlight: [recipientOf(message, 1)] }))
  expect(await inFlight()).toEqual([recipients[1]])
  expect(await start(client, recipients)).toMatchObject({ recipients: [recipients[0]] })
  await client.send({ kind: 'unstart', session, recipients })
  expect(await inFlight()).toEqual([])
})

test('each session has a number of its own, also after restarts of the store', async () => {
  const numbers = [session, (await anotherSender()).session]
  for (let n = 0; n < 2; n++) {
    await restart()
    numbers.push((await anotherSender()).session)
  }
  expect(new Set(numbers).size).toBe(numbers.length)
})

test('nothing of a sender passes before its session is open, nor in the session of another', async () => {
  const { client } = running
  const message = await accept(client, messageTo(['a@d.test']))
  const recipients = [recipientOf(message)]
  const stranger = new StoreClient({ socketPath: running.socketPath, principal: aProcess })
  others.push(stranger)
  await stranger.whenConnected()
  const other = await anotherSender()
  const hindrances = { kind: 'hindrances', resting: [], redisTrouble: 'away' } as const
  expect(await stranger.send(hindrances)).toEqual(notOpen)
  expect(await stranger.send(follow({ session: 999 }))).toEqual(notOpen)
  for (const from of [stranger, other.client]) {
    const commands: Command[] = [
      { kind: 'start', session, recipients },
      { kind: 'unstart', session, recipients },
      outcome(message, 'delivered'),
    ]
    for (const command of commands) expect(await from.send(command)).toEqual(notOpen)
  }
  expect(await inFlight()).toEqual([])
  expect(await running.reader.ledger()).toMatchObject({ open: 1, delivered: 0 })
})

test('a second sender is told all as well, takes nothing from the first, and starts what the first has not', async () => {
  const { client, pushes } = running
  const other = await anotherSender()
  const message = await accept(client, messageTo(['a@d.test', 'b@d.test']))
  const [first, second] = [recipientOf(message, 0), recipientOf(message, 1)]
  await start(client, [first])
  expect(await start(other.client, [first, second], other.session)).toMatchObject({
    recipients: [second],
  })
  expect(pushes).toHaveLength(1)
  expect(other.pushes).toEqual(pushes)
  await other.client.send({ kind: 'unstart', session: other.session, recipients: [first] })
  expect(await inFlight()).toEqual([first, second])
  other.client.close()
  await anotherSender()
  expect(await inFlight()).toContain(first)
})

test('what keeps senders from sending is told for as long as each is there', async () => {
  const { client } = running
  const resting = (lane: string) => ({ lane, until: 5, cause: 'connection refused' })
  const [a, b] = [await anotherSender(), await anotherSender()]
  await a.client.send({
    kind: 'hindrances',
    resting: [resting('mx:a.test')],
    redisTrouble: 'Redis is away',
  })
  await b.client.send({ kind: 'hindrances', resting: [resting('mx:b.test')], redisTrouble: null })
  expect(await client.send({ kind: 'in-flight' })).toMatchObject({
    resting: [resting('mx:a.test'), resting('mx:b.test')],
    redisTrouble: 'Redis is away',
  })
  a.client.close()
  const answer = await eventually('nothing is said of it any more', async () => {
    const answer = await client.send({ kind: 'in-flight' })
    return answer.kind === 'in-flight' && answer.redisTrouble === null ? answer : undefined
  })
  expect(answer.resting).toEqual([resting('mx:b.test')])
})

test('a sender whose connection broke goes on with its session, also at a store that was restarted', async () => {
  const message = await accept(running.client, messageTo(['a@d.test', 'b@d.test']))
  const recipients = [recipientOf(message, 0), recipientOf(message, 1)]
  await start(running.client, recipients)
  running.client.close()
  const back = await anotherSender({ session, inFlight: recipients })
  expect(back.session).toBe(session)
  expect(await start(back.client, recipients)).toMatchObject({ recipients: [] })
  await restart()
  const again = await anotherSender({ session, inFlight: recipients })
  expect(again.session).toBe(session)
  expect(await again.client.send(outcome(message, 'delivered', [0]))).toEqual({ kind: 'ok' })
  await untilInFlight([recipientOf(message, 1)])
})

test('a session is over as soon as another opens under its lock; what the sender still has moves along', async () => {
  const before = await anotherSender({ lock: 'one' })
  const message = await accept(running.client, messageTo(['a@d.test', 'b@d.test']))
  const recipients = [recipientOf(message, 0), recipientOf(message, 1)]
  await start(before.client, recipients, before.session)
  const after = await anotherSender({ lock: 'one', inFlight: [recipientOf(message, 0)] })
  await untilInFlight([recipientOf(message, 0)])
  expect(await before.client.send(follow({ session: before.session }))).toEqual(notOpen)
  expect(await start(before.client, recipients, before.session)).toEqual(notOpen)
  const said = { ...outcome(message, 'delivered', [0]), session: after.session }
  expect(await after.client.send(said)).toEqual({ kind: 'ok' })
})

test('after a start, a purge waits until each sender has said what it has in flight', async () => {
  const message = await accept(running.client, messageTo(['a@d.test', 'b@d.test']))
  await start(running.client, [recipientOf(message, 0)])
  await restart()
  const { client, reader } = running
  const purged = client.send(operation('purge', { filter: { destination: 'd.test' } }))
  await accept(client, messageTo(['c@other.test']))
  await client.send(follow({ session, inFlight: [recipientOf(message, 0)] }))
  expect(await purged).toEqual({ kind: 'operated', messages: 1, recipients: 2, inFlight: 1 })
  expect(await reader.ledger()).toMatchObject({ open: 2, cancelled: 1, difference: 0 })
})

test('a purge waits only some seconds for a sender that is not there, and not at all where none was', async () => {
  const message = await accept(running.client, messageTo(['a@d.test']))
  await start(running.client, [recipientOf(message)])
  await restart()
  const purge = () => running.client.send(operation('purge', { filter: {} }))
  expect(await purge()).toMatchObject({ recipients: 1, inFlight: 0 })
  await restart()
  await accept(running.client, messageTo(['a@d.test']))
  expect(await purge()).toMatchObject({ recipients: 1, inFlight: 0 })
})
