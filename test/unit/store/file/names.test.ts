import { expect, test } from 'vitest'
import { day } from '../../../../src/time/clock.ts'
import {
  accept,
  messageTo,
  operation,
  outcome,
  type OwnClock,
  storeForEachTest,
  type FreshStore,
} from '../../../kit/store.ts'

const retention = {
  deliveredContentMs: 0,
  failedContentMs: 0,
  recordsMs: 30 * day,
  auditMs: 400 * day,
}
let pieces: FreshStore['pieces']
let reader: FreshStore['reader']
let clock: OwnClock
let restart: FreshStore['reopen']

storeForEachTest({ retention }, (fresh) => ({ clock, pieces, reader, reopen: restart } = fresh))

const names = () =>
  pieces.writer.connection
    .sql('SELECT text FROM name ORDER BY id')
    .all()
    .map(({ text }) => text)

/** A delivered message of its own tag and domains. */
async function deliver(tag: string, to = 'dest.test', from = 'from.test'): Promise<void> {
  const more = { tag, sender: `s@${from}` }
  pieces.now(outcome(await accept(pieces, messageTo([`a@${to}`], more)), 'delivered'))
}
async function month(): Promise<void> {
  clock.at += 31 * day
  await pieces.sweep()
}
const found = async (filter: object) =>
  (await reader.messages(filter, { before: null, limit: 99 }, new Set(), clock.at)).messages.length

test('names go with the last record that has them: tags, domains of senders and recipients, lanes', async () => {
  for (let n = 0; n < 300; n++) await deliver(`tag-${n}`, `to-${n}.test`, `from-${n}.test`)
  const many = Array.from({ length: 450 }, (_, n) => `a@many-${n}.test`)
  const message = await accept(pieces, messageTo(many))
  pieces.now(
    outcome(
      message,
      'delivered',
      many.map((_, n) => n),
    ),
  )
  expect(names().length).toBeGreaterThan(2000)
  await month()
  expect(names()).toEqual(['account:demo', 'mx'])
})

test('what a younger record, a standing hold, a route or a submitter still has stays', async () => {
  const hold = { kind: 'put-hold', reason: null, until: null, party: 'customer' } as const
  await pieces.send({ ...hold, scope: 'tag', value: 'held-tag' })
  const submitter = { kind: 'account', id: 'old' } as const
  pieces.now(outcome(await accept(pieces, messageTo(['a@dest.test'], { submitter })), 'delivered'))
  for (const tag of ['held-tag', 'mx', 'sandbox', 'account:old', 'kept', 'gone']) await deliver(tag)
  await deliver('x', 'kept', 'kept')
  clock.at += 20 * day
  await deliver('kept', 'young.test')
  clock.at += 11 * day
  await pieces.sweep()
  const lanes = ['mx:kept', 'mx:young.test']
  const left = [
    'account:demo',
    'account:old',
    'from.test',
    'held-tag',
    'kept',
    'mx',
    ...lanes,
    'sandbox',
  ]
  expect(names().sort()).toEqual([...left, 'young.test'])
  await accept(pieces, messageTo(['a@dest.test'], { tag: 'held-tag' }))
  expect(await found({ tag: 'held-tag', status: ['held'] })).toBe(1)
  expect(
    (await reader.ledgerDays({ before: null, limit: 10 })).days.map(
      ({ submitter }) => submitter.id,
    ),
  ).toContain('old')
})

test('what a standing hold was for goes with it, but not while another hold or mail has it', async () => {
  const hold = { kind: 'put-hold', reason: null, until: null, party: 'customer' } as const
  const lift = { kind: 'lift-hold', party: 'customer' } as const
  await accept(pieces, messageTo(['a@dest.test'], { tag: 'queued' }))
  const before = names()
  for (const [scope, value] of [
    ['tag', 'nobody'],
    ['destination', 'never.test'],
    ['account', 'ghost'],
    ['tag', 'queued'],
  ] as const) {
    await pieces.send({ ...hold, scope, value })
    await pieces.send({ ...hold, party: 'operator', scope, value })
    const held = names()
    await pieces.send({ ...lift, scope, value })
    expect(names()).toEqual(held)
    await pieces.send({ ...lift, party: 'operator', scope, value })
    expect(names()).toEqual(before)
  }
  await pieces.send({ ...hold, scope: 'tag', value: 'ends', until: clock.at + day })
  clock.at += 2 * day
  await pieces.sweep()
  expect(names()).toEqual(before)
})

test('a text that was swept and comes again is found by a reader that knew it, and never shown for another', async () => {
  const status = ['delivered'] as const
  const wanted = { status, tag: 'tag-a', destination: 'a.test' }
  await deliver('tag-a', 'a.test')
  expect(await found(wanted)).toBe(1)
  await month()
  await deliver('tag-b', 'b.test')
  await deliver('tag-a', 'a.test')
  expect(await found(wanted)).toBe(1)
  for (let round = 0; round < 5; round++) {
    await month()
    const tags = Array.from({ length: 1 + round }, (_, n) => `tag-${round}-${n}`)
    for (const tag of tags) await deliver(tag, `${tag}.test`)
    const page = await reader.messages({ status }, { before: null, limit: 9 }, new Set(), clock.at)
    const seen = page.messages.map(({ tag, recipients }) => [tag, recipients[0]?.destination])
    expect(seen.sort()).toEqual(tags.map((tag) => [tag, `${tag}.test`]))
  }
})

test('after a sweep, in the midst of mail with the same names, each message is due in its lane', async () => {
  for (let n = 0; n < 5; n++) {
    await deliver('tag', 'a.test')
    await month()
    await accept(pieces, messageTo(['a@a.test'], { tag: 'tag' }))
    const [first] = (await reader.dueLanes(0, clock.at, 9)).due
    const { due } = await reader.dueInLane(first?.lane ?? '', clock.at, new Map(), 9)
    expect(due).toHaveLength(1)
    expect(await pieces.send(operation('purge'))).toMatchObject({ recipients: 1 })
    expect((await reader.ledger()).difference).toBe(0)
  }
})

/** The last look-up put the mail of a destination into the lane of its hosts. */
function placed(destination: string, lane: string, provider: string): void {
  const { connection, names } = pieces.writer
  connection
    .sql('INSERT INTO destination (name, lane, provider) VALUES (?, ?, ?)')
    .run(names.idOf(destination), names.idOf(lane), names.idOf(provider))
}

test('what was learnt of a destination goes with it; a lane and a provider, with the last that has them', async () => {
  for (const to of ['a.test', 'b.test']) {
    await deliver('tag', to)
    placed(to, 'hosts:mx.test', 'provider-of-both')
  }
  await month()
  expect(names()).toEqual(['account:demo', 'mx'])
  expect(pieces.writer.connection.sql('SELECT * FROM destination').all()).toEqual([])
  await deliver('tag', 'a.test')
  placed('a.test', 'hosts:mx.test', 'provider-of-both')
  clock.at += 20 * day
  await deliver('tag', 'b.test')
  placed('b.test', 'hosts:mx.test', 'provider-of-both')
  clock.at += 11 * day
  await pieces.sweep()
  expect(names()).toEqual(expect.arrayContaining(['b.test', 'hosts:mx.test', 'provider-of-both']))
  expect(names()).not.toContain('a.test')
})

test('a name that is a lane of what is due, or a provider, is not swept as the tag that it also was', async () => {
  await deliver('google')
  await deliver('x', 'b.test')
  placed('b.test', 'hosts:mx.test', 'google')
  pieces.writer.connection
    .sql('UPDATE message SET settled_at = settled_at + ? WHERE key = 2')
    .run(30 * day)
  await month()
  expect(names()).toContain('google')
})

test('the lane of a held recipient keeps its name when its destination has moved to other hosts; it goes with the recipient', async () => {
  const place = (destination: string, hosts: string) =>
    pieces.now({
      kind: 'place',
      placements: [{ destination, lane: `hosts:${hosts}`, provider: hosts, recipients: [] }],
    })
  const gone = await accept(pieces, messageTo(['a@gone.test']))
  const kept = await accept(pieces, messageTo(['a@held.test']))
  for (const destination of ['gone.test', 'held.test']) place(destination, 'old.test')
  pieces.now(outcome(gone, 'delivered'))
  await pieces.send(operation('hold', { filter: { destination: 'held.test' } }))
  place('held.test', 'new.test')
  clock.at += 31 * day
  await pieces.sweep()
  expect(names()).not.toContain('gone.test')
  pieces = restart()
  await pieces.send(operation('release'))
  expect(pieces.pushed).toMatchObject([{ lane: 'hosts:old.test', provider: null }])
  const { due } = await reader.dueLanes(-1, clock.at, 10)
  expect(due).toMatchObject([{ lane: 'hosts:old.test', provider: null }])
  pieces.now(outcome(kept, 'delivered'))
  clock.at += 31 * day
  await pieces.sweep()
  expect(names()).not.toContain('hosts:old.test')
})
