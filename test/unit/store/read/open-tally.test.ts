import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Command } from '../../../../src/store/protocol/commands.ts'
import { minute } from '../../../../src/time/clock.ts'
import { expectCounted } from '../../../kit/expect-counted.ts'
import { seeded } from '../../../kit/seeded.ts'
import {
  accept,
  aProcess,
  body,
  messageTo,
  notificationAbout,
  operation,
  outcome,
  type FreshStore,
  type OwnClock,
  storeForEachTest,
} from '../../../kit/store.ts'

let pieces: FreshStore['pieces']
let reader: FreshStore['reader']
let reopen: FreshStore['reopen']
let clock: OwnClock

storeForEachTest({}, (fresh) => ({ clock, pieces, reader, reopen } = fresh))

const nobody = new Set<number>()

/** A queue and things that happen to it, by the numbers of a seed. */
function happenings(seed: number) {
  const random = seeded(seed)
  const below = (n: number) => Math.floor(random() * n)
  const pick = <T>(some: readonly T[]): T => some[below(some.length)] as T
  const destination = () => `d${below(70)}.test`
  const messages: { key: number; recipients: number }[] = []
  const acceptOne = async () => {
    const to = Array.from({ length: 1 + below(12) }, (_, n) => `u${n}@${destination()}`)
    const message = messageTo(to, { tag: pick([null, 'news']) })
    messages.push({ key: await accept(pieces, message), recipients: to.length })
  }
  const settleOne = async () => {
    const { key, recipients } = pick(messages)
    const some = Array.from({ length: recipients }, (_, n) => n).filter(() => random() < 0.6)
    const dueAt = clock.at + below(10) * minute
    const kind = pick(['delivered', 'bounced', 'expired', { dueAt }, { dueAt }] as const)
    const dsn = kind === 'bounced' ? notificationAbout(key, some) : null
    await pieces.send({ ...outcome(key, kind, some), dsn }, body)
  }
  const operate = async () => {
    const to = `u1@${destination()}`
    const filter = pick([{ destination: destination() }, { tag: 'news' }, { to }])
    const party = pick(['customer', 'operator'] as const)
    const action = pick(['hold', 'hold', 'release', 'retry', 'purge'] as const)
    await pieces.send(operation(action, { filter, party }))
  }
  const stand = async () => {
    const hold = { scope: 'destination', value: destination(), party: 'operator' } as const
    const until = clock.at + minute
    if (random() < 0.5) await pieces.send({ kind: 'put-hold', ...hold, reason: null, until })
    else await pieces.send({ kind: 'lift-hold', ...hold })
  }
  const next = pick.bind(null, [acceptOne, acceptOne, settleOne, settleOne, operate, stand])
  return { acceptOne, next, below }
}

test.each([1, 2, 3])(
  'the counts are those of the rows, whatever happens (seed %i)',
  async (seed) => {
    const { acceptOne, next, below } = happenings(seed)
    await acceptOne()
    for (let n = 0; n < 150; n++) {
      await (next() as () => Promise<void>)()
      if (n % 25 === 0) await pieces.sweep()
      expectCounted(pieces)
      clock.at += below(2) * minute
      if (n === 100) pieces = reopen()
    }
    const totals = pieces.writer.openTotals()
    expect(totals.open).toBe((await reader.ledger()).open)
    const counted = await reader.summary(nobody, clock.at)
    expect(await reader.summary(nobody, clock.at, totals)).toEqual(counted)
  },
)

test('whoever writes what the counts are made of, counts', () => {
  const room = join(import.meta.dirname, '../../../../src/store/write')
  const writes =
    /INSERT INTO recipient|UPDATE recipient SET(?:(?!WHERE)[^`'])*\b(?:state|held|due_at|waits_for) =/
  const silent = readdirSync(room).filter((file) => {
    const text = readFileSync(join(room, file), 'utf8')
    return writes.test(text) && !text.includes('work.moved(')
  })
  expect(silent).toEqual([])
})

test('a command that is undone is not counted, its company is', () => {
  const accepting = (sender: string): Command => ({
    kind: 'accept',
    upload: null,
    message: messageTo(['a@d.test'], { sender }),
    takes: [],
  })
  const answers: string[] = []
  const answer = ({ kind }: { kind: string }) => void answers.push(kind)
  const asks = ['a@x.test', null as unknown as string, 'c@x.test'].map((sender) => ({
    command: accepting(sender),
    payload: body,
    by: aProcess,
    answer,
  }))
  pieces.writer.commit(asks)
  expect(answers).toEqual(['accepted', 'fault', 'accepted'])
  expect(pieces.writer.openTotals()).toMatchObject({ open: 2, destinationCount: 1 })
})

test('the largest destinations are told of, and how many there are in all', async () => {
  for (let n = 0; n < 120; n++) {
    const to = Array.from({ length: 1 + (n % 7) }, (_, u) => `u${u}@d${n}.test`)
    await accept(pieces, messageTo(to))
  }
  const { destinations, destinationCount } = pieces.writer.openTotals()
  expect(destinationCount).toBe(120)
  const sizes = Array.from({ length: 120 }, (_, n) => 1 + (n % 7)).sort((a, b) => b - a)
  expect(destinations.map(({ open }) => open)).toEqual(sizes.slice(0, 50))
})

test('our own mail is counted apart, at each destination and as submitters of its own', async () => {
  await accept(pieces, messageTo(['a@d.test', 'b@d.test', 'a@e.test']))
  const dsn = { kind: 'system', id: 'dsn' } as const
  await accept(pieces, messageTo(['shop@d.test'], { submitter: dsn, sender: '' }))
  const asked = { after: null, name: null, limit: 10 }
  const owned = (by: 'destination' | 'submitter') =>
    pieces.writer
      .openGroups({ by, ...asked })
      .groups.map(({ name, open, own }) => [name, open, own] as const)
  const expected = [
    ['d.test', 3, 1],
    ['e.test', 1, 0],
  ]
  expect(owned('destination')).toEqual(expected)
  expect(owned('submitter').slice(1)).toEqual([['system:dsn', 1, 1]])
  pieces = reopen()
  expect(owned('destination')).toEqual(expected)
  await pieces.send(operation('hold', { filter: { destination: 'd.test' } }))
  pieces = reopen()
  expect(owned('destination')).toEqual(expected)
})

test('after the first of many is settled the next is the oldest, also where it was opened again', async () => {
  const ask = async (by: 'destination' | 'submitter') => {
    const kept = pieces.writer.openGroups({ by, name: null, after: null, limit: 1 })
    return (await reader.groups(by, kept, nobody, clock.at)).groups[0]?.oldestAcceptedAt
  }
  const [at, keys]: [number[], number[]] = [[], []]
  for (let n = 0; n < 3; n++) {
    at.push(clock.at)
    // More than are walked through in the index of one destination
    const many = Array.from({ length: 600 }, (_, u) => `u${u}@d.test`)
    keys.push(await accept(pieces, messageTo(many)))
    clock.at += minute
  }
  const all = Array.from({ length: 600 }, (_, n) => n)
  for (const by of ['destination', 'submitter'] as const) expect(await ask(by)).toBe(at[0])
  await pieces.send({ ...outcome(keys[0] ?? 0, 'bounced', all), dsn: null }, body)
  for (const by of ['destination', 'submitter'] as const) expect(await ask(by)).toBe(at[1])
  pieces = reopen()
  await pieces.send(operation('reopen', { filter: { status: ['bounced'] } }))
  for (const by of ['destination', 'submitter'] as const) expect(await ask(by)).toBe(at[0])
})

test('of very many at one destination the split is close, and adds up', async () => {
  const addresses = Array.from({ length: 30_000 }, (_, n) => `u${n}@d.test`)
  const key = await accept(pieces, messageTo(addresses))
  const later = Array.from({ length: 13_000 }, (_, n) => n)
  pieces.now(outcome(key, { dueAt: clock.at + 10 * minute }, later))
  const { destinations } = await reader.summary(nobody, clock.at, pieces.writer.openTotals())
  expect(destinations).toMatchObject([{ total: 30_000, queued: 17_000, deferred: 13_000, held: 0 }])
})
