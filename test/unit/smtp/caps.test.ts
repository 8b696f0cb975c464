import { connect, type Socket } from 'node:net'
import { assert, describe, expect, test } from 'vitest'
import { ConnectionCaps, type CountedConnection } from '../../../src/smtp/connection-caps.ts'
import { eventually } from '../../kit/facts.ts'
import { Conversation } from '../../kit/smtp-conversation.ts'
import { doorForAllTests, type FrontDoor } from './front-door.ts'

const lingerMs = 300

let door: FrontDoor
doorForAllTests(
  (opened) => (door = opened),
  {
    SLUICE_SUBMISSION_MAX_CONNECTIONS: '4',
    SLUICE_SUBMISSION_MAX_CONNECTIONS_PER_CLIENT: '3',
  },
  { lingerMs, handshakeMs: 500 },
)

/** A socket that says nothing, and does not close its side unless told to. */
async function bareSocket(what: 'starttls' | 'implicit', allowHalfOpen = false): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port: door.port(what), allowHalfOpen })
  await new Promise((resolve) => socket.once('connect', resolve))
  return socket.on('error', () => undefined).resume()
}

const closing = (socket: Socket): Promise<unknown> =>
  new Promise((resolve) => (socket.closed ? resolve(null) : socket.once('close', resolve)))

async function refused(host: string, at = 0): Promise<void> {
  await using client = await Conversation.connect(host, door.port('starttls', at))
  await client.expect(/^421 4\.7\.0 too many connections/)
  expect(await client.ended()).toBe('')
}

/** A client that is let in, as soon as one is. */
const letIn = (): Promise<Conversation> =>
  eventually('room for one more', async () => await door.connect())

/** Resolves when nobody is inside any more. */
async function emptied(): Promise<void> {
  const all = await Promise.all([letIn(), letIn(), letIn()])
  for (const client of all) await client.command('QUIT', /^221/)
  for (const client of all) await client.ended()
}

test('beyond the cap of one address, and beyond the cap over all, it is 421; room returns at once after QUIT', async () => {
  await using first = await door.connect()
  await using second = await door.connect()
  await using third = await door.connect()
  await refused('127.0.0.1')
  await using fourth = await Conversation.connect('::1', door.port('starttls', 1))
  await fourth.expect(/^220 /)
  await refused('::1', 1)
  await third.command('QUIT', /^221/)
  await third.ended()
  await using again = await door.connect()
  await again.ehlo()
  await first.ehlo()
  await second.ehlo()
})

test('many that are turned away and stay leave room for others', async () => {
  const inside = await Promise.all([letIn(), letIn(), letIn()])
  const outside = await Promise.all(Array.from({ length: 300 }, () => bareSocket('starttls', true)))
  await using other = await Conversation.connect('::1', door.port('starttls', 1))
  await other.expect(/^220 /)
  for (const socket of outside) socket.destroy()
  for (const client of inside) client.destroy()
})

test('silent connections to the port for TLS count from the first moment, and are closed when no handshake comes', async () => {
  await emptied()
  const silent = await Promise.all([1, 2, 3, 4].map(() => bareSocket('implicit')))
  const closed = silent.map(closing)
  await Promise.race(closed)
  expect(silent.filter(({ destroyed }) => !destroyed)).toHaveLength(3)
  await refused('127.0.0.1')
  await Promise.all(closed)
  await using client = await letIn()
  await client.ehlo()
})

test('whoever was sent away counts until its socket is closed, which it soon is, whatever it sends', async () => {
  await emptied()
  await using one = await letIn()
  await using two = await letIn()
  await one.ehlo()
  await two.ehlo()
  const third = await bareSocket('starttls', true)
  const ended = new Promise((resolve) => third.once('end', resolve))
  const closed = closing(third)
  third.write('NONSENSE\r\n'.repeat(20))
  await ended
  await refused('127.0.0.1')
  const steadily = setInterval(() => third.write('x'), 20)
  await closed.finally(() => clearInterval(steadily))
  await using after = await letIn()
  await after.ehlo()
})

describe('room returns after every way to go', () => {
  test.each<[string, (client: Conversation) => unknown]>([
    ['a client that vanishes', (client) => client.destroy()],
    ['one that vanishes after STARTTLS', (client) => client.send('STARTTLS').destroy()],
    [
      'one that vanishes under TLS',
      async (client) => {
        await client.startTls()
        client.destroy()
      },
    ],
    ['one that never ends its handshake', (client) => client.command('STARTTLS', /^220/)],
    [
      'one that says QUIT under TLS',
      async (client) => {
        await client.startTls()
        await client.command('QUIT', /^221/)
      },
    ],
  ])('%s', async (_, go) => {
    const clients = await Promise.all([letIn(), letIn(), letIn()])
    for (const client of clients) {
      await client.ehlo()
      await go(client)
    }
    const next = await Promise.all([letIn(), letIn(), letIn()])
    for (const client of [...clients, ...next]) client.destroy()
  })
})

describe('a client that comes back is not refused for its own old connection', () => {
  const rounds = 100

  test.each<[string, 'starttls' | 'implicit', (client: Conversation) => unknown]>([
    ['after 221', 'starttls', (client) => client.command('QUIT', /^221/)],
    ['after 221 under TLS', 'implicit', (client) => client.command('QUIT', /^221/)],
    [
      'after the end of a connection that said QUIT',
      'starttls',
      (client) => client.send('QUIT').ended(),
    ],
    [
      'after the end of a connection under TLS that said QUIT',
      'implicit',
      (client) => client.send('QUIT').ended(),
    ],
    [
      'after the end of a connection with STARTTLS that said QUIT',
      'starttls',
      async (client) => {
        await client.startTls()
        await client.send('QUIT').ended()
      },
    ],
    ['that it closed', 'starttls', (client) => client.destroy()],
    ['that it closed under TLS', 'implicit', (client) => client.destroy()],
  ])('%s', { timeout: 60_000 }, async (_, what, leave) => {
    await emptied()
    // They take the other places, and a third that is always the same client's.
    await using one = await letIn()
    await using two = await letIn()
    await one.ehlo()
    for (let round = 0; round < rounds; round++) {
      await using client = await Conversation.connect(
        '127.0.0.1',
        door.port(what),
        what === 'implicit',
      )
      expect(await client.reply(), `round ${round}`).toMatch(/^220 /)
      await client.ehlo()
      await leave(client)
    }
    await two.ehlo()
  })
})

/** Lets one client in after the other, each from a port of its own, and keeps their places. */
function arrivals(caps: ConnectionCaps): (...ports: number[]) => (CountedConnection | null)[] {
  return (...ports) =>
    ports.map((remotePort) => caps.enter({ remoteAddress: '192.0.2.1', remotePort }, false))
}
const areIn = (places: (CountedConnection | null)[]): boolean[] =>
  places.map((place) => place !== null)

test('connections that are over take nobody’s place, and sockets are at most twice the cap', () => {
  const caps = new ConnectionCaps({ overall: 10, perClient: 2 })
  const enter = arrivals(caps)
  const [one, two, three] = enter(1, 2, 3)
  assert(one && two)
  expect(three).toBeNull()
  caps.leaving(one)
  caps.leaving(one)
  caps.leaving(two)
  const [third, fourth, fifth] = enter(3, 4, 5)
  assert(third && fourth)
  expect(fifth).toBeNull()
  caps.leaving(third)
  expect(areIn(enter(5))).toEqual([false])
  for (const place of [one, one, two, third, fourth]) caps.leave(place)
  expect(areIn(enter(6, 7, 8))).toEqual([true, true, false])
})

test('a client that comes from the same port again before its old socket closed leaves nothing behind', () => {
  const caps = new ConnectionCaps({ overall: 10, perClient: 2 })
  const enter = arrivals(caps)
  const [before, after] = [...enter(1), ...enter(1)]
  assert(before && after)
  expect(caps.placeOf({ remoteAddress: '192.0.2.1', remotePort: 1 })).toBe(after)
  caps.leave(before)
  expect(caps.placeOf({ remoteAddress: '192.0.2.1', remotePort: 1 })).toBe(after)
  caps.leave(after)
  expect(areIn(enter(2, 3, 4))).toEqual([true, true, false])
})

test('an IPv6 client is its /64', () => {
  const caps = new ConnectionCaps({ overall: 10, perClient: 2 })
  const enter = (remoteAddress: string): CountedConnection | null =>
    caps.enter({ remoteAddress }, false)
  expect(enter('2001:db8::1')).not.toBeNull()
  const second = enter('2001:db8::2')
  assert(second)
  expect(enter('2001:db8::3')).toBeNull()
  expect(enter('2001:db8:0:1::1')).not.toBeNull()
  caps.leave(second)
  expect(enter('2001:db8::3')).not.toBeNull()
})
