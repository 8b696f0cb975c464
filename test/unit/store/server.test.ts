import { createConnection } from 'node:net'
import { once } from 'node:events'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { encodeFrame } from '../../../src/ipc/frames.ts'
import type { Command } from '../../../src/store/protocol/commands.ts'
import { StoreClient, StoreLost } from '../../../src/store/protocol/client.ts'
import { eventually } from '../../kit/facts.ts'
import {
  accept,
  aProcess,
  body,
  messageTo,
  operation,
  recipientOf,
  runTestStore,
} from '../../kit/store.ts'
import { tempFolder } from '../../kit/temp-folder.ts'

let folder: ReturnType<typeof tempFolder>
let running: Awaited<ReturnType<typeof runTestStore>>
beforeEach(async () => {
  folder = tempFolder()
  running = await runTestStore(folder.path)
})
afterEach(async () => {
  await running.close()
  folder[Symbol.dispose]()
})

const frame = (head: unknown) => Buffer.concat(encodeFrame(head, null))

test.each([
  ['a head that is null', frame(null)],
  ['a command that is none', frame({ id: 1, by: aProcess, command: { kind: 'drop-all' } })],
  ['no command', frame({ id: 1, by: aProcess })],
  ['nobody who asks', frame({ id: 1, command: { kind: 'in-flight' } })],
  ['a start without recipients', frame({ id: 1, by: aProcess, command: { kind: 'start' } })],
  ['a follow without a list', frame({ id: 1, by: aProcess, command: { kind: 'follow' } })],
  ['bytes that are no frame', Buffer.alloc(64, 255)],
  [
    'a head that is no JSON',
    Buffer.concat([Buffer.from([0, 0, 0, 1, 0, 0, 0, 1]), Buffer.from('{')]),
  ],
])('%s cuts that connection and no other', async (_, bytes) => {
  const socket = createConnection(running.socketPath)
  await once(socket, 'connect')
  socket.write(bytes)
  socket.resume()
  await once(socket, 'close')
  await accept(running.client, messageTo(['a@d.test']))
})

test.each([
  ['an accept without a message', { kind: 'accept', upload: null, takes: [] }],
  [
    'an accept of nonsense',
    { kind: 'accept', upload: null, takes: 7, message: { recipients: 'x' } },
  ],
  ['a settle without outcomes', { kind: 'settle', message: 1 }],
])('%s is a fault, no refusal, and the store lives', async (_, command) => {
  const answer = await running.client.send(command as Command)
  expect(answer.kind).toBe('fault')
  await accept(running.client, messageTo(['a@d.test']))
})

test.each([
  [
    'a filter with an unknown part',
    operation('purge', { filter: { destinaton: 'd.test' } as object }),
  ],
  ['a filter of the wrong type', operation('purge', { filter: { tag: {} as unknown as string } })],
])('%s is refused, and the store lives', async (_, command) => {
  const answer = await running.client.send(command)
  expect(answer).toEqual({ kind: 'refused', reason: 'malformed filter' })
  await accept(running.client, messageTo(['a@d.test']))
})

test('what becomes due is pushed to the one that follows, after its commit', async () => {
  const message = await accept(
    running.client,
    messageTo(['a@one.test', 'b@two.test', 'c@one.test']),
  )
  const told = {
    why: 'accepted',
    message,
    provider: null,
    submitter: expect.any(Number) as number,
    class: 1,
  }
  expect(running.pushes.flatMap(({ work }) => work)).toEqual([
    {
      ...told,
      lane: 'mx:one.test',
      destination: 'one.test',
      recipients: [recipientOf(message, 0), recipientOf(message, 2)],
    },
    {
      ...told,
      lane: 'mx:two.test',
      destination: 'two.test',
      recipients: [recipientOf(message, 1)],
    },
  ])
  expect(await running.reader.envelope(message, [])).not.toBeNull()
})

test('more than is worth naming is pushed as a wish to look', async () => {
  await accept(running.client, messageTo(Array.from({ length: 30_000 }, (_, n) => `u${n}@d.test`)))
  expect(running.pushes).toEqual([{ kind: 'due', work: [], more: true }])
})

test('a follower says what it still has in flight, the store forgets the rest', async () => {
  const { client } = running
  const message = await accept(client, messageTo(['a@d.test', 'b@d.test']))
  const recipients = [recipientOf(message, 0), recipientOf(message, 1)]
  expect(await client.send({ kind: 'start', recipients })).toEqual({ kind: 'started', recipients })
  await client.send({ kind: 'follow', inFlight: [recipientOf(message, 1)] })
  expect(await client.send({ kind: 'in-flight' })).toMatchObject({ recipients: [recipients[1]] })
  expect(await client.send({ kind: 'start', recipients })).toMatchObject({
    recipients: [recipients[0]],
  })
  await client.send({ kind: 'unstart', recipients })
  expect(await client.send({ kind: 'in-flight' })).toMatchObject({ recipients: [] })
})

test('what keeps delivery from sending is told for as long as delivery is there', async () => {
  const { client } = running
  const hindrances = {
    resting: [{ lane: 'mx:a.test', until: 5, cause: 'connection refused' }],
    redisTrouble: 'Redis is away',
  }
  const delivery = new StoreClient({ socketPath: running.socketPath, principal: aProcess })
  await delivery.whenConnected()
  await delivery.send({ kind: 'follow', inFlight: [] })
  await delivery.send({ kind: 'hindrances', ...hindrances })
  expect(await client.send({ kind: 'in-flight' })).toMatchObject(hindrances)
  delivery.close()
  await eventually('nothing is said of it any more', async () => {
    const answer = await client.send({ kind: 'in-flight' })
    return answer.kind === 'in-flight' && answer.redisTrouble === null ? answer : undefined
  }).then((answer) => expect(answer.resting).toEqual([]))
})

test('after a start, a purge waits until delivery has said what it has in flight', async () => {
  await running.close()
  running = await runTestStore(folder.path, { follow: false })
  const { client, reader } = running
  const message = await accept(client, messageTo(['a@d.test', 'b@d.test']))
  const purged = client.send(operation('purge', { filter: { destination: 'd.test' } }))
  await accept(client, messageTo(['c@other.test']))
  await client.send({ kind: 'follow', inFlight: [recipientOf(message, 0)] })
  expect(await purged).toEqual({ kind: 'operated', messages: 1, recipients: 2, inFlight: 1 })
  expect(await reader.ledger()).toMatchObject({ open: 2, cancelled: 1, difference: 0 })
})

test('a purge waits no longer than two seconds for a delivery process that is not there', async () => {
  await running.close()
  running = await runTestStore(folder.path, { follow: false })
  await accept(running.client, messageTo(['a@d.test']))
  expect(await running.client.send(operation('purge', { filter: {} }))).toMatchObject({
    recipients: 1,
    inFlight: 0,
  })
})

test('what a connection was uploading when it closed is gone', async () => {
  const other = new StoreClient({ socketPath: running.socketPath, principal: aProcess })
  await other.whenConnected()
  const opened = await other.send({ kind: 'chunk', upload: null }, body)
  if (opened.kind !== 'chunk') throw new Error('no upload')
  other.close()
  const { upload } = opened
  for (;;) {
    const answer = await running.client.send({ kind: 'chunk', upload }, body)
    if (answer.kind === 'refused') break
  }
})

test('a client is told what it can know: never left, or unknown', async () => {
  const { client } = running
  const waiting = client.send({
    kind: 'settle',
    message: 1,
    attempts: [],
    outcomes: [],
    dsn: null,
  })
  client.close()
  await expect(waiting).rejects.toThrow(StoreLost)
  expect(await client.send({ kind: 'in-flight' })).toEqual({
    kind: 'unavailable',
    cause: 'store away',
  })
})

test('a command too large for the socket is refused alone, what others wait for on the same connection is answered', async () => {
  const recipients = Array.from({ length: 50_000 }, (_, n) => ({
    address: `u${n}@d.test`,
    destination: 'd.test',
    orcpt: `rfc822;${'x'.repeat(150)}`,
  }))
  const large = { kind: 'accept', upload: null, message: messageTo([], { recipients }), takes: [] }
  const before = accept(running.client, messageTo(['a@d.test']))
  const refused = await running.client.send(large as never, body)
  expect(refused).toEqual({ kind: 'refused', reason: 'too large' })
  await before
  await accept(running.client, messageTo(['b@d.test']))
  expect(await running.reader.ledger()).toMatchObject({ accepted: 2, open: 2 })
})
