import { expect, test } from 'vitest'
import { soon } from '../../../kit/facts.ts'
import { putHold } from '../../../../src/store/write/holds.ts'
import { WriterBroken } from '../../../../src/store/write/writer.ts'
import { diskFull } from '../../../../src/store/write/writer.ts'
import {
  accept,
  aProcess,
  body,
  messageTo,
  notificationAbout,
  operation,
  outcome,
  recipientOf,
  storeForEachTest,
  type FreshStore,
} from '../../../kit/store.ts'

let pieces: FreshStore['pieces']
let reader: FreshStore['reader']
let full = 0
/** What the ballast does on a real disk: called when the disk is full. */
let makeRoom = () => {}

const onFull = () => {
  full++
  makeRoom()
}
storeForEachTest({ onFull }, (fresh) => {
  full = 0
  makeRoom = () => {}
  ;({ pieces, reader } = fresh)
})

const { floor } = Math
const pragma = (text: string) =>
  Number(Object.values(pieces.writer.connection.sql(`PRAGMA ${text}`).get() ?? {})[0])

/** No page more than there are now, as if the disk ended here. */
const fillDisk = () => pragma(`max_page_count = ${pragma('page_count')}`)
const emptyDisk = () => pragma('max_page_count = 1000000')

const large = Buffer.alloc(floor(200_000), 'x')
const accepting = () =>
  ({
    kind: 'accept',
    upload: null,
    message: messageTo(['a@d.test'], { sizeBytes: large.length }),
    takes: [],
  }) as const

const news = { scope: 'tag', value: 'news', party: 'operator' } as const
const standingHold = { kind: 'put-hold', ...news, reason: null, until: null } as const

test('new mail is refused, nothing of it is kept, and it is taken again when there is room', async () => {
  await accept(pieces, messageTo(['a@d.test']))
  fillDisk()
  expect(await pieces.send(accepting(), large)).toEqual(diskFull)
  expect(full).toBe(1)
  expect(await reader.ledger()).toMatchObject({ accepted: 1, open: 1, difference: 0 })
  emptyDisk()
  expect((await pieces.send(accepting(), large)).kind).toBe('accepted')
  expect(pieces.broken).toEqual([])
})

test('outcomes in the same group as new mail are kept: they are written without it', async () => {
  const message = await accept(pieces, messageTo(['a@d.test']))
  fillDisk()
  const settling = pieces.send(outcome(message, 'delivered'))
  const refused = pieces.send(accepting(), large)
  expect(await refused).toEqual(diskFull)
  expect(await settling).toEqual({ kind: 'ok' })
  expect(await reader.ledger()).toMatchObject({ delivered: 1, open: 0, difference: 0 })
})

test('an outcome that does not fit comes again by itself until there is room', async () => {
  const message = await accept(pieces, messageTo(['a@d.test']))
  fillDisk()
  makeRoom = () => {
    if (full === 2) emptyDisk()
  }
  const dsn = notificationAbout(message, [0], { sizeBytes: large.length })
  const settling = pieces.send({ ...outcome(message, 'bounced'), dsn }, large)
  expect(await settling).toEqual({ kind: 'ok' })
  expect(full).toBe(2)
  expect(await reader.ledger()).toMatchObject({ accepted: 2, bounced: 1, open: 1, difference: 0 })
})

test('an operation that finds the disk full goes on when there is room, and counts each recipient once', async () => {
  const many = Array.from({ length: 3000 }, (_, n) => `u${n}@d.test`)
  await accept(pieces, messageTo(many))
  fillDisk()
  makeRoom = emptyDisk
  expect(await pieces.send(operation('purge'))).toEqual({
    kind: 'operated',
    messages: 1,
    recipients: 3000,
    inFlight: 0,
  })
  expect(full).toBe(1)
  expect(await reader.ledger()).toMatchObject({ cancelled: 3000, open: 0, difference: 0 })
})

test('the hold of an operation that found the disk full is its own, whatever was held before it came again', async () => {
  const many = Array.from({ length: 3000 }, (_, n) => `u${n}@d.test`)
  await accept(pieces, messageTo(many))
  fillDisk()
  makeRoom = () => {
    emptyDisk()
    pieces.writer.transact([(work) => putHold(work, standingHold, aProcess)], [])
  }
  expect(await pieces.send(operation('hold'))).toMatchObject({ recipients: 3000 })
  expect(full).toBe(1)
  const rows = pieces.writer.connection.sql(
    'SELECT scope, party, count(recipient) AS holds FROM hold LEFT JOIN held ON hold.id = hold GROUP BY hold.id ORDER BY hold.id',
  )
  expect(rows.all()).toMatchObject([
    { scope: 'tag', party: 'operator', holds: 0 },
    { scope: 'recipients', party: 'customer', holds: 3000 },
  ])
  expect(await pieces.send(operation('release'))).toMatchObject({ recipients: 3000 })
  expect((await reader.summary(new Set(), 0)).open.held).toBe(0)
})

test('a standing hold that found the disk full holds nothing before it is on disk, and then what came meanwhile', async () => {
  const many = Array.from({ length: 3000 }, (_, n) => `u${n}@d.test`)
  await accept(pieces, messageTo(many, { tag: 'news' }))
  fillDisk()
  const acceptingNews = () =>
    ({ ...accepting(), message: messageTo(['late@d.test'], { tag: 'news' }) }) as const
  let heldThen: unknown
  makeRoom = () => {
    emptyDisk()
    pieces.now(acceptingNews(), body)
    heldThen = pieces.writer.connection.sql('SELECT count(*) AS n FROM held').get()?.['n']
  }
  expect(await pieces.send(standingHold)).toMatchObject({ recipients: 3001 })
  expect([full, heldThen]).toEqual([1, 0])
  await pieces.send(acceptingNews(), body)
  expect((await reader.summary(new Set(), 0)).open.held).toBe(3002)
  expect(await pieces.send({ kind: 'lift-hold', ...news })).toMatchObject({ recipients: 3002 })
})

test('an upload of which a piece was refused is never accepted, also when there is room again', async () => {
  const opened = await pieces.send({ kind: 'chunk', upload: null }, body)
  if (opened.kind !== 'chunk') throw new Error('no upload')
  const { upload } = opened
  fillDisk()
  expect(await pieces.send({ kind: 'chunk', upload }, large)).toEqual(diskFull)
  emptyDisk()
  expect((await pieces.send({ ...accepting(), upload }, large)).kind).toBe('refused')
  await pieces.sweep()
  expect(pieces.writer.connection.sql('SELECT count(*) AS n FROM chunk').get()?.['n']).toBe(0)
})

test('while free space is short new mail is refused at once, outcomes are taken', async () => {
  const message = await accept(pieces, messageTo(['a@d.test']))
  const opened = await pieces.send({ kind: 'chunk', upload: null }, body)
  if (opened.kind !== 'chunk') throw new Error('no upload')
  pieces.groups.allow('short')
  expect(await pieces.send(accepting(), large)).toEqual(diskFull)
  expect(await pieces.send({ kind: 'chunk', upload: opened.upload }, body)).toEqual(diskFull)
  expect(await pieces.send(outcome(message, 'delivered'))).toEqual({ kind: 'ok' })
  pieces.groups.allow('ample')
  // It lacks the piece that was refused.
  expect((await pieces.send({ ...accepting(), upload: opened.upload }, body)).kind).toBe('refused')
  expect((await pieces.send(accepting(), large)).kind).toBe('accepted')
})

test.each(['last', 'kept'] as const)(
  'while the room is %s, operations and sweeps wait where they are; outcomes are taken, and what only counts',
  async (space) => {
    const message = await accept(pieces, messageTo(['a@d.test']))
    const many = Array.from({ length: 1000 }, (_, n) => `a${n}@other.test`)
    await accept(pieces, messageTo(many))
    const purging = pieces.send(operation('purge', { filter: { destination: 'other.test' } }))
    const counted = pieces.send(operation('retry', { dryRun: true }))
    pieces.groups.allow('last')
    const swept = pieces.sweep()
    expect(await counted).toMatchObject({ recipients: 1001 })
    pieces.groups.allow(space)
    expect(await pieces.send(outcome(message, 'delivered'))).toEqual({ kind: 'ok' })
    await swept
    // A store that ends does not wait for them
    expect(pieces.groups.idle).toBe(true)
    expect(await reader.ledger()).toMatchObject({ cancelled: 0, open: 1000 })
    pieces.groups.allow('short')
    expect(await purging).toMatchObject({ kind: 'operated', recipients: 1000 })
  },
)

test('while the room is kept for mail in flight no operation begins and no mail moves to another lane', async () => {
  const message = await accept(pieces, messageTo(['a@d.test']))
  const recipients = [recipientOf(message)]
  const placement = { destination: 'd.test', lane: 'mx:mx.d.test', provider: 'd.test', recipients }
  const placing = { kind: 'place', placements: [placement] } as const
  const lifting = { kind: 'lift-hold', scope: 'all', value: '', party: 'customer' } as const
  pieces.groups.allow('kept')
  expect(await pieces.send(operation('purge'))).toEqual(diskFull)
  expect(await pieces.send({ ...lifting, kind: 'put-hold', reason: null, until: null })).toEqual(
    diskFull,
  )
  expect(await pieces.send(lifting)).toEqual(diskFull)
  expect(await pieces.send(placing)).toEqual(diskFull)
  pieces.groups.allow('short')
  expect(await pieces.send(placing)).toMatchObject({ kind: 'placed' })
  expect(await pieces.send(operation('purge'))).toMatchObject({ recipients: 1 })
})

test('an upload that is given up while the disk is full is swept once there is room', async () => {
  const opened = await pieces.send({ kind: 'chunk', upload: null }, body)
  if (opened.kind !== 'chunk') throw new Error('no upload')
  fillDisk()
  const refused = pieces.send(accepting(), large)
  const abandoned = pieces.send({ kind: 'abandon', upload: opened.upload })
  expect(await Promise.all([refused, abandoned])).toEqual([diskFull, diskFull])
  emptyDisk()
  await pieces.sweep()
  expect(pieces.writer.connection.sql('SELECT count(*) AS n FROM chunk').get()?.['n']).toBe(0)
})

test('a COMMIT whose outcome nobody knows is answered to nobody, and nothing is done after it', async () => {
  const { connection } = pieces.writer
  const answers: unknown[] = []
  // The transaction is taken away from under the group, so that COMMIT itself fails.
  const breaking = { ...accepting(), message: messageTo(['a@d.test']) }
  Object.defineProperty(breaking.message, 'sender', {
    get: () => {
      connection.exec('ROLLBACK')
      return 'a@b.test'
    },
  })
  void pieces.send(breaking, body).then((answer) => answers.push(answer))
  void pieces.send(accepting(), large).then((answer) => answers.push(answer))
  await soon('the writer is broken', () => pieces.broken.length > 0)
  void pieces.send(accepting(), large).then((answer) => answers.push(answer))
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
  expect(answers).toEqual([])
  expect(pieces.broken).toEqual([expect.any(WriterBroken)])
})
