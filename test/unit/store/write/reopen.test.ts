import { beforeEach, describe, expect, test } from 'vitest'
import { day, hour } from '../../../../src/time/clock.ts'
import type { Status } from '../../../../src/words/status.ts'
import { startIn } from '../../../kit/sessions.ts'
import {
  accept,
  body,
  messageTo,
  operation,
  outcome,
  type OwnClock,
  recipientOf,
  storeForEachTest,
  type FreshStore,
} from '../../../kit/store.ts'
import { defaultRetention } from '../../../kit/retention.ts'
import { readEvents } from '../../../kit/read-events.ts'

let pieces: FreshStore['pieces']
let reader: FreshStore['reader']
let clock: OwnClock

storeForEachTest({ retention: defaultRetention }, (fresh) => ({ clock, pieces, reader } = fresh))

const view = async (message: number) => {
  const id = (await reader.envelope(message, []))?.id ?? ''
  const found = await reader.message(id, pieces.writer.memory.flight, clock.at)
  if (!found) throw new Error('no message')
  return found
}
const recipients = async (message: number) =>
  (await view(message)).recipients.toSorted((a, b) => a.key - b.key)
const statuses = async (message: number): Promise<Status[]> =>
  (await recipients(message)).map(({ status }) => status)

const reopen = (more: Parameters<typeof operation>[1] = {}) =>
  pieces.send(operation('reopen', more))
const touched = (n: number, messages = 1) => ({
  kind: 'operated',
  messages,
  recipients: n,
  inFlight: 0,
})

describe('one of each end', () => {
  let message: number
  beforeEach(async () => {
    message = await accept(
      pieces,
      messageTo(['a@d.test', 'b@d.test', 'c@d.test', 'd@e.test'], { lifetimeMs: 4 * hour }),
    )
    pieces.now(outcome(message, { dueAt: clock.at }, [0, 1, 2, 3]))
    pieces.now(outcome(message, 'delivered', [0]))
    pieces.now(outcome(message, 'bounced', [1]))
    pieces.now(outcome(message, 'expired', [2]))
    await pieces.send(operation('purge'))
    pieces.pushed.length = 0
    clock.at += hour
  })

  test('all but what was delivered is opened again, due now, with a life of its own and its tries kept', async () => {
    expect(await reopen({ reason: 'host is mended' })).toEqual(touched(3))
    expect(await statuses(message)).toEqual(['delivered', 'queued', 'queued', 'queued'])
    expect((await recipients(message)).slice(1)).toMatchObject(
      [2, 2, 1].map((attempts) => ({
        attempts,
        dueAt: clock.at,
        expiresAt: clock.at + 4 * hour,
        settledAt: null,
        purgeRequested: false,
      })),
    )
    expect(pieces.pushed.map(({ why, destination }) => [why, destination])).toEqual([
      ['reopened', 'd.test'],
      ['reopened', 'e.test'],
    ])
    const events = (await readEvents(reader, 0, 100)).filter(({ event }) => event === 'reopened')
    expect(events.toReversed()).toMatchObject(
      ['b@d.test', 'c@d.test', 'd@e.test'].map((recipient) => ({
        recipient,
        data: { actor: 'process:api', reason: 'host is mended' },
      })),
    )
  })

  test('both sides of the ledger agree, now and when they end once more', async () => {
    await reopen()
    const ended = { accepted: 4, delivered: 1, bounced: 1, expired: 1, cancelled: 1 }
    expect(await reader.ledger()).toMatchObject({ ...ended, reopened: 3, open: 3, difference: 0 })
    pieces.now(outcome(message, 'delivered', [1, 2, 3]))
    expect(await reader.ledger()).toMatchObject({
      ...ended,
      delivered: 4,
      reopened: 3,
      open: 0,
      difference: 0,
    })
    const { days } = await reader.ledgerDays({ before: null, limit: 9 })
    expect(days).toMatchObject([{ accepted: 4, reopened: 3, delivered: 4 }])
    expect((await view(message)).contentKept).toBe(false)
  })

  test('a second reopening gives the same life anew', async () => {
    await reopen()
    pieces.now(outcome(message, 'bounced', [1]))
    clock.at += 10 * hour
    await reopen({ filter: { to: 'b@d.test' } })
    expect((await recipients(message))[1]).toMatchObject({ expiresAt: clock.at + 4 * hour })
  })

  test('a message of a release that did not keep its lifetime has that of its first life', async () => {
    pieces.writer.connection.exec('UPDATE message SET lifetime = NULL')
    await reopen()
    pieces.now(outcome(message, 'bounced', [1]))
    clock.at += 10 * hour
    await reopen({ filter: { to: 'b@d.test' } })
    expect((await recipients(message))[1]).toMatchObject({ expiresAt: clock.at + 4 * hour })
  })

  test('only the statuses that the filter names are meant; delivered and open ones never', async () => {
    const filter = { status: ['delivered', 'queued', 'bounced'] as const }
    expect(await reopen({ filter, dryRun: true })).toEqual(touched(1))
    expect(await reopen({ filter })).toEqual(touched(1))
    expect(await statuses(message)).toEqual(['delivered', 'queued', 'expired', 'cancelled'])
    expect(await reopen({ filter: { status: ['delivered'] } })).toEqual(touched(0, 0))
  })

  test('what is reopened can start, and what was asked to be purged before does not stop it', async () => {
    await reopen()
    const keys = [1, 2, 3].map((index) => recipientOf(message, index))
    expect(startIn(pieces, keys, clock.at)).toMatchObject({ recipients: keys })
    await pieces.send(operation('purge'))
    pieces.now(outcome(message, { dueAt: clock.at + hour }, [1, 2, 3]))
    await reopen()
    expect(startIn(pieces, keys, clock.at)).toMatchObject({ recipients: keys })
  })

  test('its bytes stay as long as it is open, and for their time after it', async () => {
    await reopen({ filter: { to: 'b@d.test' } })
    clock.at += 4 * day
    await pieces.sweep()
    expect(Buffer.concat(await reader.content(message)).equals(body)).toBe(true)
    pieces.now(outcome(message, 'bounced', [1]))
    clock.at += 3 * day
    await pieces.sweep()
    expect((await view(message)).contentKept).toBe(false)
  })
})

test('what was purged while it was being sent, and delivered all the same, is not sent twice', async () => {
  const message = await accept(pieces, messageTo(['a@d.test', 'b@d.test']))
  await pieces.send(operation('purge'))
  pieces.now(outcome(message, 'delivered', [0]))
  expect(await reopen()).toEqual(touched(1))
  expect(await statuses(message)).toEqual(['cancelled', 'queued'])
})

test('a message whose content is gone is left alone and counted apart', async () => {
  const gone = await accept(pieces, messageTo(['a@d.test', 'b@d.test']))
  pieces.now(outcome(gone, 'bounced', [0, 1]))
  clock.at += 3 * day
  const kept = await accept(pieces, messageTo(['a@d.test']))
  pieces.now(outcome(kept, 'bounced'))
  await pieces.sweep()
  for (const dryRun of [true, false]) {
    expect(await reopen({ dryRun })).toEqual({ ...touched(1), contentGone: 2 })
  }
  expect([await statuses(gone), await statuses(kept)]).toEqual([['bounced', 'bounced'], ['queued']])
  expect(await reader.ledger()).toMatchObject({ reopened: 1, open: 1, difference: 0 })
})

test('standing holds concern it again, and its lane is that of new mail', async () => {
  const message = await accept(pieces, messageTo(['a@d.test', 'a@e.test'], { tag: 'news' }))
  pieces.now(outcome(message, 'bounced', [0, 1]))
  const hold = { scope: 'destination', value: 'd.test', party: 'operator' } as const
  await pieces.send({ kind: 'put-hold', ...hold, reason: null, until: null })
  const place = { lane: 'hosts:mx.e.test', provider: 'mx.e.test', recipients: [] }
  pieces.now({ kind: 'place', placements: [{ destination: 'e.test', ...place }] })
  await reopen()
  expect(await statuses(message)).toEqual(['held', 'queued'])
  expect(pieces.pushed.at(-1)).toMatchObject({ why: 'reopened', ...{ lane: place.lane } })
  await pieces.send({ kind: 'lift-hold', ...hold })
  expect(await statuses(message)).toEqual(['queued', 'queued'])
})

test('bytes of a purged message are kept for their time, and go first when space is short', async () => {
  const purged = await accept(pieces, messageTo(['a@d.test']))
  await pieces.send(operation('purge'))
  const open = await accept(pieces, messageTo(['a@d.test']))
  await pieces.sweep()
  expect((await view(purged)).contentKept).toBe(true)
  pieces.groups.allow('short')
  await pieces.sweep()
  expect((await view(purged)).contentKept).toBe(false)
  expect(await reopen()).toMatchObject({ recipients: 0, contentGone: 1 })
  expect(Buffer.concat(await reader.content(open)).equals(body)).toBe(true)
})
