import { connect, Socket } from 'node:net'
import { expect, test } from 'vitest'
import { eventually } from '../../kit/facts.ts'
import { doorForAllTests, type FrontDoor } from './front-door.ts'

let door: FrontDoor
doorForAllTests(
  (opened) => (door = opened),
  { SLUICE_SUBMISSION_IDLE_TIMEOUT: '2s', SLUICE_RELAY_TRUSTED_NETWORKS: '127.0.0.1' },
  { lingerMs: 100 },
)

/** Commands that are no mistakes, and whose answers are longer than they: together more than sockets hold. */
const commands = 300_000
const flood = `EHLO x\r\nMAIL FROM:<a@example.org>\r\n${'RCPT TO:<b>\r\n'.repeat(commands)}`
const answer = '553 5.1.3 expected a mailbox: local-part@domain\r\n'

/** This process's ends of the connections to the door. */
function doorsEnds(): Socket[] {
  const handles = (process as unknown as { _getActiveHandles: () => unknown[] })._getActiveHandles()
  return handles
    .filter((handle) => handle instanceof Socket)
    .filter(({ localPort }) => localPort === door.port('starttls'))
}

/** Octets that lie in this process for a client that doesn't read them. */
const unread = (): number => Math.max(0, ...doorsEnds().map(({ writableLength }) => writableLength))

/** A client that asks much and reads nothing until it is resumed. */
function deafClient(): Socket {
  const socket = connect({ host: '127.0.0.1', port: door.port('starttls') })
  socket.on('error', () => undefined).pause()
  socket.write(flood)
  return socket
}

/** The most that was ever unread while something lasts. */
async function mostUnread(during: Promise<unknown>): Promise<number> {
  let most = 0
  const look = setInterval(() => (most = Math.max(most, unread())), 5)
  await during.finally(() => clearInterval(look))
  return most
}

const aLittleMore = 1024

test('a client that does not read its answers heaps up 64 KB of them, and in time it is sent away', async () => {
  const deaf = deafClient()
  await eventually('answers wait', () => unread() > 60_000 || undefined)
  const most = await mostUnread(eventually('it is gone', () => !doorsEnds().length || undefined))
  deaf.destroy()
  expect(most).toBeLessThan(64 * 1024 + aLittleMore)
})

test('one that reads them late gets them all', async () => {
  const late = deafClient()
  await eventually('answers wait', () => unread() > 60_000 || undefined)
  let text = ''
  late
    .setEncoding('latin1')
    .on('data', (more: string) => (text += more))
    .resume()
  const all = eventually('all answers', () => text.length >= commands * answer.length || undefined)
  expect(await mostUnread(all)).toBeLessThan(64 * 1024 + aLittleMore)
  await eventually('the last one', () => text.endsWith(answer) || undefined)
  expect(text.split(answer)).toHaveLength(commands + 1)
  late.destroy()
})

test('while one client asks much at once, another has its turn', async () => {
  await using other = await door.connect()
  await other.ehlo()
  await other.command('MAIL FROM:<a@example.org>', /^250/)
  const busy = deafClient()
  let octets = 0
  busy.on('data', (more) => (octets += more.length)).resume()
  await eventually('the first answers', () => octets > 1000 || undefined)
  let turns = 0
  while (octets < 20_000 * answer.length) {
    await other.command('RCPT TO:<b@example.net>', /^250/)
    turns++
  }
  expect(turns).toBeGreaterThan(30)
  busy.destroy()
})
