import { expect, test } from 'vitest'
import {
  accept,
  messageTo,
  operation,
  recipientOf,
  storeForEachTest,
  type FreshStore,
} from '../../../kit/store.ts'

let clock: FreshStore['clock']
let pieces: FreshStore['pieces']
let reader: FreshStore['reader']

storeForEachTest({}, (fresh) => ({ clock, pieces, reader } = fresh))

const hosts = 'hosts:mx.d.test'
const placement = { destination: 'd.test', lane: hosts, provider: 'mx.d.test', recipients: [] }
const dueIn = async (lane: string, limit = 100) =>
  (await reader.dueInLane(lane, clock.at, new Map(), limit)).due.map(({ message }) => message)

test('mail that waits for a look-up moves to the lane of the hosts, and new mail goes there at once', async () => {
  const first = await accept(pieces, messageTo(['a@d.test', 'a@other.test']))
  expect(await dueIn('mx:d.test')).toEqual([first])
  const answer = pieces.now({ kind: 'place', placements: [placement] })
  expect(answer).toEqual({ kind: 'placed', unfinished: [] })
  const second = await accept(pieces, messageTo(['b@d.test']))
  expect(await dueIn(hosts)).toEqual([first, second])
  expect(await dueIn('mx:d.test')).toEqual([])
  expect(await dueIn('mx:other.test')).toEqual([first])
})

test('hosts that change with each look-up leave no names of those before', async () => {
  const message = await accept(pieces, messageTo(['a@d.test']))
  const names = () => pieces.writer.connection.sql('SELECT text FROM name').all().length
  const placed = (n: number) =>
    pieces.now({
      kind: 'place',
      placements: [
        {
          destination: 'd.test',
          lane: `hosts:mx${n}.d.test`,
          provider: `mx${n}.d.test`,
          recipients: n === 0 ? [] : [recipientOf(message)],
        },
      ],
    })
  placed(0)
  const before = names()
  for (let n = 1; n <= 10; n++) placed(n)
  expect(names()).toBe(before)
  expect(await dueIn('hosts:mx10.d.test')).toEqual([message])
  // Those of others stay
  await accept(pieces, messageTo(['b@e.test']))
  const shared = { lane: 'hosts:mx10.d.test', provider: 'mx10.d.test', recipients: [] }
  pieces.now({ kind: 'place', placements: [{ destination: 'e.test', ...shared }] })
  placed(11)
  expect(await dueIn('hosts:mx10.d.test')).toHaveLength(1)
  expect(await dueIn('hosts:mx11.d.test')).toEqual([message])
})

test('of very much mail a bounded part moves at a time, until all has', async () => {
  for (let n = 0; n < 3; n++) {
    const addresses = Array.from({ length: 700 }, (_, at) => `u${at}@d.test`)
    await accept(pieces, messageTo(addresses))
  }
  const again = { kind: 'place', placements: [placement] } as const
  const answers = [pieces.now(again), pieces.now(again), pieces.now(again)]
  expect(answers).toMatchObject([
    { unfinished: ['d.test'] },
    { unfinished: ['d.test'] },
    { unfinished: [] },
  ])
  expect(await dueIn(hosts, 5000)).toHaveLength(2100)
})

test('one command moves a bounded part of the mail of all its destinations together; all moves in the end, pushed once', async () => {
  const destinations = ['a.test', 'b.test', 'c.test']
  const messages: number[] = []
  for (const destination of destinations) {
    const addresses = Array.from({ length: 400 }, (_, at) => `u${at}@${destination}`)
    messages.push(await accept(pieces, messageTo(addresses)))
  }
  pieces.pushed.length = 0
  const placed = { lane: hosts, provider: 'mx.d.test', recipients: [] }
  const placements = destinations.map((destination) => ({ destination, ...placed }))
  expect(pieces.now({ kind: 'place', placements })).toMatchObject({ unfinished: ['c.test'] })
  expect(await dueIn(hosts, 5000)).toHaveLength(1000)
  const left = placements.slice(2)
  expect(pieces.now({ kind: 'place', placements: left })).toMatchObject({ unfinished: [] })
  expect(await dueIn(hosts, 5000)).toHaveLength(1200)
  const pushed = pieces.pushed.flatMap(({ recipients }) => recipients)
  expect(new Set(pushed).size).toBe(1200)
  expect(pushed).toHaveLength(1200)
})

test('named recipients that moved before are not pushed again when their destination is placed again', async () => {
  const message = await accept(
    pieces,
    messageTo(Array.from({ length: 1500 }, (_, at) => `u${at}@d.test`)),
  )
  pieces.now({ kind: 'place', placements: [placement] })
  pieces.now({ kind: 'place', placements: [placement] })
  pieces.pushed.length = 0
  const recipients = Array.from({ length: 1500 }, (_, at) => message * 65_536 + at)
  const elsewhere = { ...placement, lane: 'hosts:new.d.test', recipients }
  for (const unfinished of [['d.test'], [], []]) {
    const answer = pieces.now({ kind: 'place', placements: [elsewhere] })
    expect(answer).toEqual({ kind: 'placed', unfinished })
  }
  const pushed = pieces.pushed.flatMap(({ recipients: keys }) => keys)
  expect(pushed.toSorted((a, b) => a - b)).toEqual(recipients)
})

test('recipients that wait for hosts of before move when they are named', async () => {
  const message = await accept(pieces, messageTo(['a@d.test']))
  pieces.now({ kind: 'place', placements: [placement] })
  const elsewhere = { ...placement, lane: 'hosts:new.d.test', recipients: [message * 65_536] }
  pieces.now({ kind: 'place', placements: [elsewhere] })
  expect(await dueIn(hosts)).toEqual([])
  expect(await dueIn('hosts:new.d.test')).toEqual([message])
})

test('a retry, a release and a placement name what became due, and why; nothing else', async () => {
  const held = await accept(pieces, messageTo(['a@d.test']))
  await accept(pieces, messageTo(['a@other.test']))
  pieces.pushed.length = 0
  await pieces.send(operation('hold', { filter: { to: 'a@d.test' } }))
  await pieces.send(operation('release', { filter: { to: 'a@d.test' } }))
  await pieces.send(operation('retry', { filter: { to: 'a@d.test' } }))
  pieces.now({ kind: 'place', placements: [placement] })
  expect(pieces.pushed.map(({ why, message, lane }) => [why, message, lane])).toEqual([
    ['released', held, 'mx:d.test'],
    ['retried', held, 'mx:d.test'],
    ['placed', held, hosts],
  ])
})
