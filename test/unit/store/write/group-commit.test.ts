import { afterEach, describe, expect, test, vi } from 'vitest'
import { second } from '../../../../src/time/clock.ts'
import {
  accept,
  body,
  messageTo,
  operation,
  outcome,
  storeForEachTest,
  type FreshStore,
} from '../../../kit/store.ts'

let pieces: FreshStore['pieces']
let reader: FreshStore['reader']

storeForEachTest({}, (fresh) => ({ pieces, reader } = fresh))
afterEach(() => {
  vi.restoreAllMocks()
})

/** What is asked now is looked at only when so much time has gone by. */
function holdUp(ms: number): void {
  const now = performance.now() + ms
  vi.spyOn(performance, 'now').mockReturnValue(now)
}

const accepting = (upload: number | null) =>
  ({ kind: 'accept', upload, message: messageTo(['late@d.test']), takes: [] }) as const

test('an accept that waited for 30 s is refused, its client may have given up; an outcome is taken however late', async () => {
  const message = await accept(pieces, messageTo(['a@d.test']))
  const late = pieces.send(accepting(null), body)
  const settling = pieces.send(outcome(message, 'delivered'))
  holdUp(31 * second)
  const inTime = pieces.send(accepting(null), body)
  expect(await late).toEqual({ kind: 'unavailable', cause: 'deadline' })
  expect(await settling).toEqual({ kind: 'ok' })
  expect((await inTime).kind).toBe('accepted')
  expect(await reader.ledger()).toMatchObject({ accepted: 2, delivered: 1, open: 1, difference: 0 })
})

test('the bytes of an accept that came too late go with the next sweep', async () => {
  const opened = await pieces.send({ kind: 'chunk', upload: null }, body)
  if (opened.kind !== 'chunk') throw new Error('no upload')
  const late = pieces.send(accepting(opened.upload), body)
  holdUp(31 * second)
  expect((await late).kind).toBe('unavailable')
  await pieces.sweep()
  for (const table of ['chunk', 'upload']) {
    const { connection } = pieces.writer
    expect(connection.sql(`SELECT count(*) AS n FROM ${table}`).get()).toEqual({ n: 0 })
  }
})

test('the bytes of an accept that names no message go with the next sweep', async () => {
  const opened = await pieces.send({ kind: 'chunk', upload: null }, body)
  if (opened.kind !== 'chunk') throw new Error('no upload')
  const nonsense = { kind: 'accept', upload: opened.upload, message: null, takes: [] } as never
  expect(() => pieces.send(nonsense, body)).toThrow()
  await pieces.sweep()
  const { connection } = pieces.writer
  expect(connection.sql('SELECT count(*) AS n FROM chunk').get()).toEqual({ n: 0 })
})

describe('while 12 messages of 1,000 recipients are accepted', () => {
  const many = Array.from({ length: 1000 }, (_, n) => `${n}@d${n % 50}.test`)
  /** Has them sent at the same moment. @returns how many were answered by now, and when all are */
  function sendBulk() {
    let answered = 0
    const all = Array.from({ length: 12 }, async () => {
      await accept(pieces, messageTo(many))
      answered++
    })
    return { answered: () => answered, all: Promise.all(all) }
  }

  test('no transaction has more than some 2,700 recipients, so that the store goes on to hear others', async () => {
    const commit = vi.spyOn(pieces.writer, 'commit')
    await sendBulk().all
    const counts = commit.mock.calls.map(([asks]) =>
      asks.reduce(
        (sum, { command }) =>
          sum + (command.kind === 'accept' ? command.message.recipients.length : 0),
        0,
      ),
    )
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(12_000)
    expect(Math.max(...counts)).toBeLessThan(2731)
  })

  test.each([
    ['another submitter', { kind: 'account', id: 'other' }],
    ['the same submitter', { kind: 'account', id: 'demo' }],
  ] as const)('a small message of %s is answered before most of them', async (_, submitter) => {
    const bulk = sendBulk()
    await accept(pieces, messageTo(['a@d.test'], { submitter }))
    expect(bulk.answered()).toBeLessThan(5)
    await bulk.all
  })

  test('an outcome is recorded before most of them', async () => {
    const message = await accept(pieces, messageTo(['a@d.test']))
    const bulk = sendBulk()
    await pieces.send(outcome(message, 'delivered'))
    expect(bulk.answered()).toBeLessThan(5)
    await bulk.all
  })
})

test('of 12 operations that run, none keeps sweeps, what a sender left in flight, or another party’s hold, from its turn', async () => {
  for (let n = 0; n < 3; n++) {
    await accept(pieces, messageTo(Array.from({ length: 1000 }, (_, m) => `${m}@d.test`)))
  }
  const asked = { kind: 'key', id: 'a' } as const
  let ended = 0
  const all = Array.from({ length: 12 }, async () => {
    const command = operation('retry', { filter: { destination: 'd.test' } })
    await pieces.send(command, undefined, asked)
    ended++
  })
  // All have begun
  for (let n = 0; n < 16; n++) await new Promise((resolve) => setImmediate(resolve))
  const own = [true, false].map((waits) => {
    let slices = 0
    return new Promise((resolve) => {
      pieces.groups.addSlices(() => ++slices === 10, resolve, { waits })
    })
  })
  const hold = pieces.send(
    operation('hold', { filter: { destination: 'none.test' }, party: 'abuse', answer: 'begun' }),
  )
  await Promise.all([...own, hold])
  expect(ended).toBe(0)
  await Promise.all(all)
})
