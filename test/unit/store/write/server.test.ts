import { createConnection } from 'node:net'
import { once } from 'node:events'
import { afterEach, expect, test } from 'vitest'
import { encodeFrame } from '../../../../src/ipc/frames.ts'
import type { Command } from '../../../../src/store/protocol/commands.ts'
import { StoreClient, StoreLost } from '../../../../src/store/protocol/client.ts'
import {
  accept,
  aProcess,
  body,
  messageTo,
  operation,
  recipientOf,
  runTestStore,
} from '../../../kit/store.ts'
import { firstSession } from '../../../kit/sessions.ts'
import { folderForEachTest } from '../../../kit/folder-for-each-test.ts'

let running: Awaited<ReturnType<typeof runTestStore>>
folderForEachTest(async (folder) => {
  running = await runTestStore(folder)
})
afterEach(async () => {
  await running.close()
})

const frame = (head: unknown) => Buffer.concat(encodeFrame(head, null))

test.each([
  ['a head that is null', frame(null)],
  ['a command that is none', frame({ id: 1, by: aProcess, command: { kind: 'drop-all' } })],
  ['a name of every object', frame({ id: 1, by: aProcess, command: { kind: 'toString' } })],
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
  ['a settle without outcomes', { kind: 'settle', session: firstSession, message: 1 }],
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
    session: firstSession,
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
