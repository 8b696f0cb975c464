/** Order is by key: whatever the clock did, what a filter on time matches, lists and touches is the same. */
import { expect, test } from 'vitest'
import { day, hour, minute, second } from '../../../../src/time/clock.ts'
import type { MessagePage } from '../../../../src/store/protocol/views.ts'
import type { Filter } from '../../../../src/words/filter.ts'
import {
  accept,
  messageTo,
  operation,
  storeForEachTest,
  type FreshStore,
  type OwnClock,
} from '../../../kit/store.ts'

let store: FreshStore
let pieces: FreshStore['pieces']
let clock: OwnClock

storeForEachTest({}, (fresh) => {
  store = fresh
  ;({ clock, pieces } = fresh)
})

/** The clock is put to another time, and somebody says that it is right. */
async function believe(jumpMs: number) {
  clock.jump(jumpMs)
  await pieces.send({ kind: 'accept-clock' })
}

async function acceptSome(count: number) {
  for (let n = 0; n < count; n++) {
    clock.at += second
    await accept(pieces, messageTo(['a@d.test', 'b@d.test']))
  }
}

/** As the rows have it, one by one. */
const inRows = ({ olderThan = Infinity, newerThan = 0 }: Filter): number[] =>
  pieces.writer.connection
    .sql('SELECT key, accepted_at AS at FROM message ORDER BY key DESC')
    .all()
    .filter(({ at }) => Number(at) < olderThan && Number(at) >= newerThan)
    .map(({ key }) => Number(key))

async function listed(filter: Filter): Promise<number[]> {
  const keys: number[] = []
  for (let before: number | null = null; ;) {
    const page: MessagePage = await store.reader.messages(
      filter,
      { before, limit: 25 },
      new Set(),
      clock.at,
    )
    keys.push(...page.messages.map(({ key }) => key))
    if (page.next === null) return keys
    before = page.next
  }
}

const moments = () => {
  const times = pieces.writer.connection
    .sql('SELECT DISTINCT accepted_at AS at FROM message')
    .all()
    .map(({ at }) => Number(at))
  return [...times, ...times.map((at) => at + 1), 0, clock.at + 400 * day]
}

test.each([
  ['forward 90 days and back', [90 * day, -90 * day]],
  ['forward by minutes and back, twice', [5 * minute, -5 * minute, 5 * minute, -5 * minute]],
  ['back by days and forward', [-3 * day, 3 * day]],
  ['back by years, and again', [-365 * day, -365 * day]],
])('after a clock that went %s', async (_, jumps) => {
  await acceptSome(15)
  for (const jump of jumps) {
    await believe(jump)
    await acceptSome(10)
  }
  for (const moment of moments()) {
    for (const filter of [{ olderThan: moment }, { newerThan: moment }]) {
      const rows = inRows(filter)
      expect(await listed(filter)).toEqual(rows)
      const matched = await pieces.send(operation('purge', { filter, dryRun: true }))
      expect(matched).toMatchObject({ messages: rows.length, recipients: 2 * rows.length })
    }
  }
  const filter = { olderThan: clock.at - minute }
  const meant = inRows(filter).length
  expect(await pieces.send(operation('purge', { filter }))).toMatchObject({ messages: meant })
  expect((await store.reader.ledger()).cancelled).toBe(2 * meant)
  expect(await listed(filter)).toEqual([])
})

test('whatever order of times is in a store of before, it is found', async () => {
  await acceptSome(40)
  const { connection } = pieces.writer
  connection.exec('UPDATE message SET accepted_at = accepted_at - 7200000 WHERE key % 7 < 3')
  connection.exec('DELETE FROM message WHERE key % 11 = 0')
  connection.exec(
    `INSERT INTO acceptance_break SELECT key FROM (
       SELECT key, accepted_at < lag(accepted_at) OVER (ORDER BY key) AS back FROM message) WHERE back`,
  )
  for (const moment of moments()) {
    for (const filter of [{ olderThan: moment }, { newerThan: moment }]) {
      expect(await listed(filter)).toEqual(inRows(filter))
    }
  }
})

test('a break that was undone with its message is noted with the next', async () => {
  await believe(6 * hour)
  await accept(pieces, messageTo(['a@d.test']))
  await believe(-6 * hour)
  const spoilt = messageTo(['a@d.test'], { subject: {} as never })
  pieces.now({ kind: 'accept', upload: null, message: spoilt, takes: [] }, Buffer.from('x'))
  await accept(pieces, messageTo(['a@d.test']))
  const filter = { olderThan: clock.at + hour }
  expect(inRows(filter)).toHaveLength(1)
  expect(await listed(filter)).toEqual(inRows(filter))
})
