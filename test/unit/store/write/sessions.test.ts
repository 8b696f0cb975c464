import { once } from 'node:events'
import { createConnection } from 'node:net'
import { expect, test } from 'vitest'
import { Channel } from '../../../../src/ipc/channel.ts'
import type { Command, DuePush } from '../../../../src/store/protocol/commands.ts'
import { eventually } from '../../../kit/facts.ts'
import { firstSession as session, follow } from '../../../kit/sessions.ts'
import { accept, aProcess, messageTo, outcome, recipientOf } from '../../../kit/store.ts'
import { StoreWithSenders } from './store-with-senders.ts'

const store = new StoreWithSenders()

const notOpen = { kind: 'refused', reason: 'session not open' }

test('a follower says what it still has in flight, the store forgets the rest', async () => {
  const { client } = store
  const message = await accept(client, messageTo(['a@d.test', 'b@d.test']))
  const recipients = [recipientOf(message, 0), recipientOf(message, 1)]
  expect(await store.start(client, recipients)).toEqual({ kind: 'started', recipients })
  await client.send(follow({ session, inFlight: [recipientOf(message, 1)] }))
  expect(await store.inFlight()).toEqual([recipients[1]])
  expect(await store.start(client, recipients)).toMatchObject({ recipients: [recipients[0]] })
  await client.send({ kind: 'unstart', session, recipients })
  expect(await store.inFlight()).toEqual([])
})

test('a batch that names a recipient twice starts it once', async () => {
  const message = await accept(store.client, messageTo(['a@d.test']))
  const key = recipientOf(message)
  expect(await store.start(store.client, [key, key])).toEqual({
    kind: 'started',
    recipients: [key],
  })
  expect(await store.inFlight()).toEqual([key])
})

test('each session has a number of its own, also after restarts of the store', async () => {
  const numbers = [session, (await store.anotherSender()).session]
  for (let n = 0; n < 2; n++) {
    await store.restart()
    numbers.push((await store.anotherSender()).session)
  }
  expect(new Set(numbers).size).toBe(numbers.length)
})

test('nothing of a sender passes before its session is open, nor in the session of another', async () => {
  const { client } = store
  const message = await accept(client, messageTo(['a@d.test']))
  const recipients = [recipientOf(message)]
  const stranger = await store.stranger()
  const other = await store.anotherSender()
  const nothing = { afresh: true, resting: [], ended: [] }
  const blockers = { kind: 'blockers', ...nothing, redisTrouble: 'away' } as const
  expect(await stranger.send(blockers)).toEqual(notOpen)
  expect(await stranger.send(follow({ session: 999 }))).toEqual(notOpen)
  for (const from of [stranger, other.client]) {
    const commands: Command[] = [
      { kind: 'start', session, recipients },
      { kind: 'unstart', session, recipients },
      outcome(message, 'delivered'),
    ]
    for (const command of commands) expect(await from.send(command)).toEqual(notOpen)
  }
  expect(await store.inFlight()).toEqual([])
  expect(await store.reader.ledger()).toMatchObject({ open: 1, delivered: 0 })
})

test('a second sender is told all as well, takes nothing from the first, and starts what the first has not', async () => {
  const { client, pushes } = store.running
  const other = await store.anotherSender()
  const message = await accept(client, messageTo(['a@d.test', 'b@d.test']))
  const [first, second] = [recipientOf(message, 0), recipientOf(message, 1)]
  await store.start(client, [first])
  expect(await store.start(other.client, [first, second], other.session)).toMatchObject({
    recipients: [second],
  })
  expect(pushes).toHaveLength(1)
  expect(other.pushes).toEqual(pushes)
  await other.client.send({ kind: 'unstart', session: other.session, recipients: [first] })
  expect(await store.inFlight()).toEqual([first, second])
  other.client.close()
  await store.anotherSender()
  expect(await store.inFlight()).toContain(first)
})

test('what keeps senders from sending is told for as long as each is there and has not taken it back', async () => {
  const { client } = store
  const rest = (lane: string) => ({ lane: `mx:${lane}.test`, until: 5, cause: 'refused' })
  const ended: string[] = []
  const first = { kind: 'blockers', afresh: true, ended, redisTrouble: null } as const
  const resting = async (): Promise<readonly string[]> => {
    const lanes = ['mx:a.test', 'mx:b.test', 'mx:c.test', 'mx:d.test']
    const answer = await client.send({ kind: 'rests', lanes })
    return answer.kind === 'rests' ? answer.resting.map(({ lane }) => lane) : []
  }
  const [a, b] = [await store.anotherSender(), await store.anotherSender()]
  await a.client.send({ ...first, resting: [rest('a'), rest('b')], redisTrouble: 'away' })
  await b.client.send({ ...first, resting: [rest('c')] })
  expect(await resting()).toEqual(['mx:a.test', 'mx:b.test', 'mx:c.test'])
  const change = { ...first, afresh: false, ended: ['mx:a.test'], redisTrouble: 'away' }
  await a.client.send({ ...change, resting: [rest('d')] })
  expect(await resting()).toEqual(['mx:b.test', 'mx:d.test', 'mx:c.test'])
  expect(await client.send({ kind: 'in-flight' })).toMatchObject({ redisTrouble: 'away' })
  await a.client.send({ ...first, resting: [rest('a')], redisTrouble: 'away' })
  expect(await resting()).toEqual(['mx:a.test', 'mx:c.test'])
  a.client.close()
  await eventually('nothing is said of it any more', async () => {
    const answer = await client.send({ kind: 'in-flight' })
    return (answer.kind === 'in-flight' && answer.redisTrouble === null) || undefined
  })
  expect(await resting()).toEqual(['mx:c.test'])
})

test('a sender whose connection broke goes on with its session, also at a store that was restarted', async () => {
  const message = await accept(store.client, messageTo(['a@d.test', 'b@d.test']))
  const recipients = [recipientOf(message, 0), recipientOf(message, 1)]
  await store.start(store.client, recipients)
  store.client.close()
  const back = await store.anotherSender({ session, inFlight: recipients })
  expect(back.session).toBe(session)
  expect(await store.start(back.client, recipients)).toMatchObject({ recipients: [] })
  await store.restart()
  const again = await store.anotherSender({ session, inFlight: recipients })
  expect(again.session).toBe(session)
  expect(await again.client.send(outcome(message, 'delivered', [0]))).toEqual({ kind: 'ok' })
  await store.untilInFlight([recipientOf(message, 1)])
})

test('a session is over as soon as another opens under its lock; what the sender still has moves along', async () => {
  const before = await store.anotherSender({ lock: 'one' })
  const message = await accept(store.client, messageTo(['a@d.test', 'b@d.test']))
  const recipients = [recipientOf(message, 0), recipientOf(message, 1)]
  await store.start(before.client, recipients, before.session)
  const after = await store.anotherSender({ lock: 'one', inFlight: [recipientOf(message, 0)] })
  await store.untilInFlight([recipientOf(message, 0)])
  expect(await before.client.send(follow({ session: before.session }))).toEqual(notOpen)
  expect(await store.start(before.client, recipients, before.session)).toEqual(notOpen)
  const said = { ...outcome(message, 'delivered', [0]), session: after.session }
  expect(await after.client.send(said)).toEqual({ kind: 'ok' })
})

test('a sender that does not read makes nothing pile up: it is told to look when it reads again', async () => {
  const socket = createConnection(store.running.socketPath)
  await once(socket, 'connect')
  const look: DuePush = { kind: 'due', work: [], more: true }
  const pushes: DuePush[] = []
  const channel = new Channel(
    socket,
    (frames) => {
      for (const { head } of frames) pushes.push((head as { push?: DuePush }).push ?? look)
    },
    () => undefined,
  )
  channel.send({ id: 1, by: aProcess, command: follow() })
  await eventually('it follows', () => (pushes.length > 0 ? true : undefined))
  pushes.length = 0
  const taken = socket.bytesRead
  socket.pause()
  // Each message is told in some 1.4 MB.
  const long = 'x'.repeat(60)
  const to = Array.from({ length: 2000 }, (_, n) => `u@d${n}.${long}.${long}.${long}.test`)
  for (let n = 0; n < 5; n++) await accept(store.client, messageTo(to))
  socket.resume()
  // What it was told before that comes first, and more of it than can be named
  const isLook = ({ work, more }: DuePush): boolean => more && work.length === 0
  await eventually('it is told to look', () => pushes.some(isLook) || undefined)
  expect(socket.bytesRead - taken).toBeLessThan(4_000_000)
  expect(pushes.at(-1)).toEqual(look)
  await accept(store.client, messageTo(['a@d.test']))
  await eventually('names are told again', () => pushes.at(-1)?.work[0])
  socket.destroy()
})
