import { rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { dataPaths } from '../../../src/config/paths.ts'
import { Channel } from '../../../src/ipc/channel.ts'
import type { Command } from '../../../src/store/protocol/commands.ts'
import { largeMail } from '../../kit/sample-mail.ts'
import type { Conversation } from '../../kit/smtp-conversation.ts'
import { doorForAllTests, type FrontDoor } from './front-door.ts'

let door: FrontDoor
doorForAllTests((opened) => (door = opened))

type Answering = (command: Command, answer: (answer: unknown) => void, cut: () => void) => void

/**
 * Puts another in the store's place, who does with each command what the test says; ends with the real store back. Counts of
 * refusals come at a time of their own, as the door refuses mail until he is there: he takes them, and they are not `seen`.
 */
async function impostor(client: Conversation, onCommand: Answering) {
  const seen: Command['kind'][] = []
  await door.stopStore()
  await mail(client, /^451 /)
  const path = dataPaths(door.settings.dataDir).storeSocket
  rmSync(path, { force: true })
  const channels = new Set<Channel>()
  const server = createServer((socket) => {
    const channel: Channel = new Channel(
      socket,
      (frames) => {
        for (const { head } of frames) {
          const { id, command } = head as { id: number; command: Command }
          if (command.kind === 'count-refusals') {
            channel.send({ id, answer: { kind: 'ok' } })
            continue
          }
          seen.push(command.kind)
          onCommand(
            command,
            (answer) => channel.send({ id, answer }),
            () => channel.destroy(),
          )
        }
      },
      () => channels.delete(channel),
    )
    channels.add(channel)
  })
  await new Promise<void>((resolve) => server.listen(path, resolve))
  await mail(client, /^250 /)
  return {
    seen,
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const channel of channels) channel.destroy()
      await closed
      await door.startStore()
    },
  }
}

/** MAIL, said until the way to the store is as expected. */
async function mail(client: Conversation, pattern: RegExp): Promise<void> {
  for (;;) {
    const reply = await client.send('MAIL FROM:<a@example.org>').reply()
    if (pattern.test(reply)) return
    if (reply.startsWith('250')) await client.command('RSET', /^250/)
  }
}

test('while the store is away MAIL is 451; when it is back mail goes in again', async () => {
  await using client = await door.loggedIn()
  await door.stopStore()
  await mail(client, /^451 4\.3\.0 storage unavailable/)
  await door.startStore()
  await mail(client, /^250 /)
  await client.command('RCPT TO:<b@example.net>', /^250/)
  await client.command('DATA', /^354/)
  await client.write('x\r\n.\r\n').expect(/^250 2\.0\.0 queued as /)
})

test('a message whose upload lost its store is 451, never glued to another upload', async () => {
  await using client = await door.loggedIn()
  await client.openTransaction('b@example.net')
  const half = largeMail('first half', 600_000)
  client.write(half)
  await door.stopStore()
  await door.startStore()
  client.write(half).write('.\r\n')
  await client.expect(/^451 4\.3\.0 /)
})

test('a store that goes away with the acceptance in its hands: no reply at all, the connection closes', async () => {
  await using client = await door.loggedIn()
  await using store = await impostor(client, (command, _answer, cut) => {
    if (command.kind === 'accept') cut()
  })
  await client.command('RCPT TO:<b@example.net>', /^250/)
  await client.command('DATA', /^354/)
  client.write('x\r\n.\r\n')
  expect(await client.ended()).toBe('')
  expect(store.seen).toEqual(['accept'])
})

test.each([
  [{ kind: 'unavailable', cause: 'disk full' }, /^452 4\.3\.1 /],
  [{ kind: 'unavailable', cause: 'deadline' }, /^451 4\.3\.0 storage unavailable/],
  [{ kind: 'fault', fault: 'of the store' }, /^451 4\.3\.0 internal error/],
  [{ kind: 'operated' }, /^451 4\.3\.0 internal error/],
])('the store’s answer %j is said as %s', async (answer, reply) => {
  await using client = await door.loggedIn()
  await using store = await impostor(client, (command, say) => {
    if (command.kind === 'accept') say(answer)
  })
  await client.command('RCPT TO:<b@example.net>', /^250/)
  await client.command('DATA', /^354/)
  await client.write('x\r\n.\r\n').expect(reply)
  expect(store.seen).toEqual(['accept'])
})

test('a client faster than the store is made to wait: memory holds a few pieces of its message', async () => {
  await using client = await door.loggedIn()
  let pending = 0
  let most = 0
  await using store = await impostor(client, (command, say) => {
    if (command.kind === 'accept') say({ kind: 'accepted', message: 1 })
    if (command.kind !== 'chunk') return
    most = Math.max(most, ++pending)
    setImmediate(() => {
      pending--
      say({ kind: 'chunk', upload: 1 })
    })
  })
  await client.command('RCPT TO:<b@example.net>', /^250/)
  await client.command('DATA', /^354/)
  client.write(largeMail('large', 20_000_000)).write('.\r\n')
  await client.expect(/^250 2\.0\.0 queued as /)
  expect(store.seen.length).toBeGreaterThan(70)
  expect(most).toBeLessThanOrEqual(2)
})
