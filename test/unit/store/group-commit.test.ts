import { afterEach, expect, test, vi } from 'vitest'
import { second } from '../../../src/time/clock.ts'
import {
  accept,
  body,
  messageTo,
  outcome,
  storeForEachTest,
  type FreshStore,
} from '../../kit/store.ts'

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
