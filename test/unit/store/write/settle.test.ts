import { expect, test } from 'vitest'
import { waitCodes } from '../../../../src/store/file/states.ts'
import { seeded } from '../../../kit/seeded.ts'
import {
  accept,
  body,
  messageTo,
  notificationAbout,
  operation,
  outcome,
  type OwnClock,
  recipientOf,
  storeForEachTest,
  type FreshStore,
} from '../../../kit/store.ts'
import { sessionIn, startIn } from '../../../kit/sessions.ts'
import { readEvents } from '../../../kit/read-events.ts'

let pieces: FreshStore['pieces']
let reader: FreshStore['reader']
let clock: OwnClock

storeForEachTest({}, (fresh) => ({ clock, pieces, reader } = fresh))

/** Its recipients as they are seen, in their own order. */
const recipientsOf = async (message: number) =>
  (
    await reader.message(
      (await reader.envelope(message, []))?.id ?? '',
      pieces.writer.memory.flight,
      clock.at,
    )
  )?.recipients.toSorted((a, b) => a.key - b.key)

/** Whom each try was for. */
const triesOf = async (message: number) =>
  (await reader.attempts(message, { after: null, limit: 9 })).attempts.map(
    ({ recipients }) => recipients,
  )
const eventsNow = async () => (await readEvents(reader, 0, 99)).map(({ event }) => event)

test('a try is kept with its reply and its recipients; each outcome is an event', async () => {
  const message = await accept(pieces, messageTo(['a@d.test', 'b@d.test', 'c@d.test']))
  pieces.now(outcome(message, 'delivered', [0, 2]))
  pieces.now(outcome(message, { dueAt: clock.at + 5 }, [1]))
  expect(await recipientsOf(message)).toMatchObject([
    { status: 'delivered', attempts: 1, dueAt: null, lastReply: { code: 250 } },
    { status: 'deferred', attempts: 1, dueAt: clock.at + 5 },
    { status: 'delivered', attempts: 1 },
  ])
  expect(await triesOf(message)).toEqual([['a@d.test', 'c@d.test'], ['b@d.test']])
  expect(await eventsNow()).toEqual(['accepted', 'delivered', 'delivered', 'deferred'])
})

test('what a recipient waits for is a retry after a try, an answer where DNS gave none, and nothing once it is due', async () => {
  const message = await accept(pieces, messageTo(['a@d.test', 'b@d.test', 'c@d.test']))
  const waits = () =>
    pieces.writer.connection
      .sql('SELECT waits_for FROM recipient WHERE state <> 1 ORDER BY key')
      .all()
      .map((row) => row['waits_for'])
  expect(waits()).toEqual([null, null, null])
  const { outcomes, ...settle } = outcome(message, { dueAt: clock.at + 5 }, [0, 1])
  pieces.now({ ...settle, outcomes: outcomes.map((one) => ({ ...one, waitsFor: 'dns' })) })
  pieces.now(outcome(message, { dueAt: clock.at + 9 }, [0]))
  pieces.now(outcome(message, 'bounced', [2]))
  expect(waits()).toEqual([waitCodes.retry, waitCodes.dns, null])
  await pieces.send(operation('retry'))
  expect(waits()).toEqual([null, null, null])
})

test('each attempt names its own recipients, and an outcome refers to the last attempt that names it', async () => {
  const message = await accept(pieces, messageTo(['a@d.test', 'b@d.test', 'c@d.test']))
  const settle = outcome(message, { dueAt: clock.at + 5 }, [0, 1, 2])
  const [attempt] = settle.attempts
  if (!attempt) throw new Error('no attempt')
  const to = (...indexes: number[]) => ({
    ...attempt,
    recipients: indexes.map((index) => recipientOf(message, index)),
  })
  const command = { ...settle, attempts: [to(1, 0), to(1)] }
  for (let n = 0; n < 2; n++) expect(pieces.now(command)).toEqual({ kind: 'ok' })
  expect(await triesOf(message)).toEqual([['a@d.test', 'b@d.test'], ['b@d.test']])
  expect(await recipientsOf(message)).toMatchObject([
    { attempts: 1 },
    { attempts: 1 },
    { attempts: 0 },
  ])
  const first = message * 1_048_576
  const attempts = pieces.writer.connection
    .sql('SELECT attempt FROM event WHERE event = ? ORDER BY recipient')
    .all('deferred')
    .map((row) => row['attempt'])
  expect(attempts).toEqual([first, first + 1, null])
})

test('said twice, or twice in one command, an outcome counts once', async () => {
  const message = await accept(pieces, messageTo(['a@d.test', 'b@d.test']))
  const settle = outcome(message, 'bounced', [0, 0])
  for (let n = 0; n < 3; n++) expect(pieces.now(settle)).toEqual({ kind: 'ok' })
  expect(await reader.ledger()).toMatchObject({ accepted: 2, bounced: 1, open: 1, difference: 0 })
  expect(await triesOf(message)).toHaveLength(1)
})

test('a deferral said again after somebody asked for a retry counts once, and leaves the retry; the next try counts', async () => {
  const message = await accept(pieces, messageTo(['a@d.test']))
  const begunAt = (startedAt: number) => {
    const settle = outcome(message, { dueAt: startedAt + 9 })
    const attempts = settle.attempts.map((attempt) => ({ ...attempt, startedAt }))
    return { ...settle, attempts }
  }
  const settle = begunAt(clock.at)
  pieces.now(settle)
  clock.at += 1
  await pieces.send(operation('retry'))
  expect(pieces.now(settle)).toEqual({ kind: 'ok' })
  expect(await recipientsOf(message)).toMatchObject([{ attempts: 1, status: 'queued' }])
  expect(await triesOf(message)).toHaveLength(1)
  pieces.now(begunAt(clock.at))
  expect(await recipientsOf(message)).toMatchObject([{ attempts: 2, status: 'deferred' }])
})

test('a delivery that becomes known after its recipient was purged is written down, once, and nothing is counted anew', async () => {
  const message = await accept(pieces, messageTo(['a@d.test', 'b@d.test']))
  await pieces.send(operation('purge'))
  for (let n = 0; n < 2; n++)
    expect(pieces.now(outcome(message, 'delivered'))).toEqual({ kind: 'ok' })
  pieces.now(outcome(message, 'bounced', [1]))
  expect(await reader.ledger()).toMatchObject({
    cancelled: 2,
    delivered: 0,
    bounced: 0,
    difference: 0,
  })
  expect(await recipientsOf(message)).toMatchObject([
    { status: 'cancelled', attempts: 1, lastReply: { code: 250 } },
    { status: 'cancelled', attempts: 0, lastReply: null },
  ])
  expect(await triesOf(message)).toEqual([['a@d.test']])
  expect((await eventsNow()).slice(-1)).toEqual(['delivered_after_cancel'])
})

test('a try that failed for now, said twice, counts once; the next that fails counts', async () => {
  const message = await accept(pieces, messageTo(['a@d.test']))
  for (const wait of [5, 5, 9]) pieces.now(outcome(message, { dueAt: clock.at + wait }))
  expect(await recipientsOf(message)).toMatchObject([{ attempts: 2, dueAt: clock.at + 9 }])
  expect(await triesOf(message)).toHaveLength(2)
  expect(await eventsNow()).toEqual(['accepted', 'deferred', 'deferred'])
})

test('outcomes of another message, or of none, are refused and count nothing', async () => {
  const message = await accept(pieces, messageTo(['a@d.test']))
  const other = await accept(pieces, messageTo(['a@d.test']))
  const wrong = { ...outcome(message, 'delivered'), message: other }
  expect(pieces.now(wrong).kind).toBe('refused')
  const { attempts } = outcome(message, 'delivered')
  expect(pieces.now({ ...outcome(other, 'delivered'), attempts }).kind).toBe('refused')
  expect(pieces.now(outcome(999_999, 'delivered')).kind).toBe('refused')
  expect(await reader.ledger()).toMatchObject({ delivered: 0, open: 2, difference: 0 })
})

test('a bounce and its notification are one command: both or none, and never two notifications', async () => {
  const message = await accept(pieces, messageTo(['a@d.test', 'b@d.test']))
  const dsn = notificationAbout(message, [0])
  const bounce = { ...outcome(message, 'bounced', [0]), dsn }
  const faulty = { ...bounce, dsn: { ...dsn, subject: {} as unknown as string } }
  expect(pieces.now(faulty, body).kind).toBe('fault')
  expect(await reader.ledger()).toMatchObject({ bounced: 0, open: 2, difference: 0 })
  const withDeferral = {
    ...bounce,
    outcomes: [...bounce.outcomes, ...outcome(message, { dueAt: clock.at }, [1]).outcomes],
  }
  for (let n = 0; n < 2; n++) expect(pieces.now(withDeferral, body)).toEqual({ kind: 'ok' })
  expect(await reader.ledger()).toMatchObject({ accepted: 3, bounced: 1, open: 2, difference: 0 })
})

test('nobody is told of recipients that were purged in flight, unless the notification tells of others too', async () => {
  const openAfter = async (...about: number[]) => {
    const message = await accept(pieces, messageTo(['a@d.test', 'b@d.test', 'c@d.test']))
    const recipients = [0, 1, 2].map((index) => recipientOf(message, index))
    startIn(pieces, recipients, clock.at)
    const id = (await reader.envelope(message, []))?.id ?? ''
    await pieces.send(operation('purge', { filter: { id, to: 'a@d.test' } }))
    const bounced = outcome(message, 'bounced', [0, 1])
    const outcomes = [...bounced.outcomes, ...outcome(message, 'delivered', [2]).outcomes]
    pieces.now({ ...bounced, outcomes, dsn: notificationAbout(message, about) }, body)
    return (await reader.ledger()).open
  }
  expect(await openAfter(0)).toBe(0)
  expect(await openAfter(1)).toBe(1)
  expect(await openAfter(0, 1)).toBe(2)
})

test('moments with fractions, as jitter makes them, are taken', async () => {
  const message = await accept(pieces, messageTo(['a@d.test'], { lifetimeMs: 1000.5 }))
  expect(pieces.now(outcome(message, { dueAt: clock.at + 0.25 }))).toEqual({ kind: 'ok' })
  expect((await recipientsOf(message))?.[0]?.dueAt).toBe(clock.at + 1)
})

test('an outcome that waits to be written keeps its recipient in flight, also for a delivery that came anew', async () => {
  const message = await accept(pieces, messageTo(['a@d.test', 'b@d.test']))
  const keys = [recipientOf(message, 0), recipientOf(message, 1)]
  startIn(pieces, keys, clock.at)
  const settling = pieces.send(outcome(message, 'delivered', [0]))
  const { sessions } = pieces.writer.memory
  const tries = () => 0
  sessions.name(sessionIn(pieces), [], pieces.groups.settling(), tries, clock.at)
  expect(startIn(pieces, keys, clock.at)).toMatchObject({ recipients: [keys[1]] })
  await settling
  expect(startIn(pieces, keys, clock.at)).toMatchObject({ recipients: [] })
})

test('the ledger agrees with the rows after each of a thousand commands of any kind', async () => {
  const random = seeded(11)
  const some = (count: number) => Math.floor(random() * count)
  const messages: [key: number, recipients: number][] = []
  for (let n = 0; n < 1000; n++) {
    const [message, count] = messages[some(messages.length)] ?? [0, 1]
    const index = [some(count), some(count)]
    const deed = messages.length < 5 ? 0 : some(12)
    if (deed < 3) {
      const to = Array.from({ length: 1 + some(4) }, () => `u@d${some(3)}.test`)
      messages.push([await accept(pieces, messageTo(to)), to.length])
    } else if (deed < 5) pieces.now(outcome(message, { dueAt: clock.at + some(3) - 1 }, index))
    else if (deed < 8) {
      const kind =
        (['delivered', 'bounced', 'expired', 'suppressed'] as const)[some(4)] ?? 'expired'
      pieces.now(outcome(message, kind, index))
    } else if (deed === 8) {
      const recipients = index.map((one) => recipientOf(message, one))
      startIn(pieces, recipients, clock.at)
    } else {
      const action = (['hold', 'release', 'purge', 'retry'] as const)[some(4)] ?? 'retry'
      const id = (await reader.envelope(message, []))?.id ?? ''
      await pieces.send(operation(action, { filter: { id, destination: `d${some(3)}.test` } }))
    }
    expect((await reader.ledger()).difference).toBe(0)
  }
  const { open, ...settled } = await reader.ledger()
  expect([open > 0, settled.delivered > 0, settled.cancelled > 0]).toEqual([true, true, true])
  const { connection } = pieces.writer
  const wrong = connection
    .sql(
      `SELECT count(*) AS n FROM message WHERE open <> (SELECT count(*) FROM recipient
        WHERE recipient.key / 65536 = message.key AND state = 0)`,
    )
    .get()?.['n']
  expect(wrong).toBe(0)
})
