import { Socket } from 'node:net'
import { expect, test } from 'vitest'
import { Channel } from '../../../../src/ipc/channel.ts'
import type { Answer } from '../../../../src/store/protocol/answers.ts'
import type { CommandOf } from '../../../../src/store/protocol/commands.ts'
import { Senders } from '../../../../src/store/write/senders.ts'
import { follow } from '../../../kit/sessions.ts'
import {
  accept,
  aProcess,
  messageTo,
  outcome,
  recipientOf,
  storeForEachTest,
  type FreshStore,
} from '../../../kit/store.ts'
import { silent } from '../../../kit/silent.ts'
import { readEvents } from '../../../kit/read-events.ts'

let pieces: FreshStore['pieces']
let reader: FreshStore['reader']

storeForEachTest({}, (fresh) => ({ pieces, reader } = fresh))

const ignore = (): void => undefined
const connection = (): Channel => new Channel(new Socket(), ignore, ignore)

test('what a sender said before another took its place counts, however much of it waits to be written', async () => {
  const senders = new Senders({
    ...pieces,
    log: silent,
    onLeft: ignore,
  })
  const send = (channel: Channel, command: CommandOf<keyof Senders['commands']>) => {
    const { promise, resolve } = Promise.withResolvers<Answer>()
    const payload = Buffer.alloc(0)
    const ask = { command, by: aProcess, payload, answer: resolve }
    senders.commands[command.kind](ask as never, channel)
    return promise
  }
  const [first, second] = [connection(), connection()]
  const messages: number[] = []
  for (let n = 0; n < 400; n++) messages.push(await accept(pieces, messageTo(['a@d.test'])))
  const followed = await send(first, follow({ lock: 'one' }))
  const session = followed.kind === 'followed' ? followed.session : 0
  const recipients = messages.map((message) => recipientOf(message, 0))
  await send(first, { kind: 'start', session, recipients })
  const all = [
    send(second, follow({ lock: 'one' })),
    ...messages.map((message) => send(first, { ...outcome(message, 'delivered'), session })),
  ]
  await Promise.all(all)
  await pieces.idle()
  expect(await reader.ledger()).toMatchObject({ delivered: 400, open: 0, difference: 0 })
  const events = await readEvents(reader, 0, 2000)
  expect(events.filter(({ event }) => event === 'deferred')).toEqual([])
  senders.followers.close()
})
