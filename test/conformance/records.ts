import { describe, expect, test } from 'vitest'
import { day } from '../../src/time/clock.ts'
import {
  body,
  messageTo,
  notificationAbout,
  operation,
  outcome,
  recipientOf,
  accept,
} from '../kit/store.ts'
import { keyRights } from '../kit/key-rights.ts'
import { daily, hourly } from '../kit/usage.ts'
import { withEngine, type MakeEngine } from './engine.ts'

export function recordsConformance(make: MakeEngine): void {
  describe('what is on record', () => {
    test('the envelope has the recipients that were asked for, as they were given, in that order', () =>
      withEngine(make, async ({ reader, ...engine }) => {
        const more = { esmtp: { smtputf8: true, envid: 'x' } as const, messageIdHeader: '<m@x>' }
        const message = messageTo(['a@d.test', 'b@e.test', 'c@d.test'], more)
        const [first] = message.recipients
        if (first) Object.assign(first, { notify: ['FAILURE', 'DELAY'], orcpt: 'rfc822;a@d.test' })
        const key = await accept(engine, message)
        await engine.send(outcome(key, { dueAt: 1 }, [2]))
        const asked = [recipientOf(key, 2), recipientOf(key, 0)]
        expect(await reader.envelope(key, asked)).toMatchObject({
          key,
          id: message.id,
          submitter: message.submitter,
          sender: message.sender,
          route: message.route,
          ...more,
          open: 3,
          recipients: [
            {
              ...{ address: 'c@d.test', destination: 'd.test', notify: null, orcpt: null },
              ...{ attempts: 1, lastAt: engine.clock.at },
            },
            { address: 'a@d.test', attempts: 0, lastAt: null, notify: ['FAILURE', 'DELAY'] },
          ],
        })
        expect(await reader.envelope(key + 1, asked)).toBeNull()
        const replies = await reader.lastReplies(asked)
        expect([...replies.keys()]).toEqual([recipientOf(key, 2)])
        expect(replies.get(recipientOf(key, 2))).toMatchObject({ code: 250, text: 'ok' })
      }))

    test('a message is known by its whole id, and no other is', () =>
      withEngine(make, async ({ reader, ...engine }) => {
        const message = messageTo(['a@d.test'])
        expect(await reader.hasMessage(message.id)).toBe(false)
        await accept(engine, message)
        expect(await reader.hasMessage(message.id)).toBe(true)
        expect(await reader.hasMessage(message.id.slice(1))).toBe(false)
      }))

    test('both sides of the ledger agree, over accepts, outcomes and notifications, in sums and by day', () =>
      withEngine(make, async ({ clock, reader, ...engine }) => {
        const key = await accept(engine, messageTo(['a@d.test', 'b@d.test', 'c@d.test']))
        await engine.send(outcome(key, 'delivered', [0]))
        clock.at += day
        const dsn = notificationAbout(key, [1])
        await engine.send({ ...outcome(key, 'bounced', [1]), dsn }, body)
        const ledger = await reader.ledger()
        const counts = { delivered: 1, bounced: 1, expired: 0, cancelled: 0, suppressed: 0 }
        expect(ledger).toMatchObject({ accepted: 4, ...counts, open: 2, difference: 0 })
        const newest = await reader.ledgerDays({ before: null, limit: 1 })
        const earlier = await reader.ledgerDays({ before: newest.next, limit: 1 })
        expect(earlier.next).toBeNull()
        const days = [...newest.days, ...earlier.days]
        expect(days.map(({ submitter, accepted }) => [submitter.kind, accepted])).toEqual([
          ['system', 1],
          ['account', 3],
        ])
        const { open, today, own, oldestAcceptedAt } = await reader.summary(new Set(), clock.at)
        expect(open.total).toBe(2)
        expect(today).toMatchObject({ accepted: 0, bounced: 0 })
        expect(own).toMatchObject({ open: 1, today: { accepted: 1, delivered: 0 } })
        expect(oldestAcceptedAt).toBe(clock.at - day)
      }))

    test('a bounce message and the message that it is about name each other', () =>
      withEngine(make, async ({ clock, reader, ...engine }) => {
        const message = messageTo(['a@d.test', 'b@d.test'])
        const key = await accept(engine, message)
        const [first, second] = [notificationAbout(key, [0]), notificationAbout(key, [1])]
        await engine.send({ ...outcome(key, 'bounced', [0]), dsn: first }, body)
        await engine.send({ ...outcome(key, 'bounced', [1]), dsn: second }, body)
        const read = (id: string) => reader.message(id, new Set(), clock.at)
        expect(await read(message.id)).toMatchObject({
          about: null,
          bounces: [first.id, second.id],
        })
        expect(await read(second.id)).toMatchObject({ about: message.id, bounces: [] })
      }))

    test('operations are listed newest first, page by page, with what was asked and what was done', () =>
      withEngine(make, async ({ clock, reader, ...engine }) => {
        await accept(engine, messageTo(['a@d.test', 'b@d.test']))
        const ids = ['1', '2', '3'].map((n) => `01M8000000000000000000000${n}`)
        for (const id of ids) {
          await engine.send(operation('hold', { id, filter: { to: 'a@d.test' }, reason: 'look' }))
        }
        const first = await reader.operations({ before: null, limit: 2 })
        const second = await reader.operations({ before: first.next, limit: 2 })
        expect(second.next).toBeNull()
        const all = [...first.operations, ...second.operations]
        expect(all.map(({ id }) => id)).toEqual(ids.toReversed())
        expect(await reader.operation(ids[0] ?? '')).toMatchObject({
          action: 'hold',
          filter: { to: 'a@d.test' },
          ...{ party: 'customer', reason: 'look', until: null, actor: 'process:api' },
          ...{ state: 'done', messages: 1, recipients: 1, begunAt: clock.at, endedAt: clock.at },
        })
        expect(await reader.operation('01M80000000000000000000009')).toBeNull()
      }))

    test('standing holds are listed in the order in which they were set, page by page', () =>
      withEngine(make, async ({ clock, reader, ...engine }) => {
        const about = { party: 'operator', reason: 'look', until: clock.at + day } as const
        for (const value of ['one', 'two', 'three']) {
          await engine.send({ kind: 'put-hold', scope: 'tag', value, ...about })
        }
        const first = await reader.holds({ after: null, limit: 2 })
        const second = await reader.holds({ after: first.next, limit: 2 })
        expect([...first.holds, ...second.holds]).toMatchObject(
          ['one', 'two', 'three'].map((value) => ({
            ...{ scope: 'tag', value, ...about, createdAt: clock.at },
          })),
        )
        expect(second.next).toBeNull()
      }))

    test('usage counts what was taken, and says when enough of it will have left the window', () =>
      withEngine(make, async ({ clock, reader, ...engine }) => {
        const submitter = { kind: 'account', id: 'demo' } as const
        const take = { ...daily, allowed: 10, amount: 6 } as const
        const command = { kind: 'accept', upload: null, message: messageTo(['a@d.test']) } as const
        expect(await reader.used(daily, submitter, clock.at)).toBe(0)
        await engine.send({ ...command, takes: [take] }, body)
        expect(await reader.used(daily, submitter, clock.at)).toBe(6)
        const roomAt = await reader.leftAt(daily, submitter, clock.at, 1)
        expect(await reader.used(daily, submitter, roomAt - 1)).toBe(6)
        expect(await reader.used(daily, submitter, roomAt)).toBe(0)
        expect(await reader.used(daily, { kind: 'account', id: 'other' }, clock.at)).toBe(0)
      }))

    test('two limits on one submitter count each by itself, one on the whole relay counts everybody', () =>
      withEngine(make, async ({ clock, reader, ...engine }) => {
        const relays = { ...hourly, limit: 'of the relay', scope: 'relay' } as const
        const by = (id: string) => ({ kind: 'account', id }) as const
        const takes = [
          { ...daily, allowed: 10, amount: 4 },
          { ...hourly, allowed: 10, amount: 3 },
          { ...relays, allowed: 10, amount: 2 },
        ]
        for (const id of ['one', 'two']) {
          const message = messageTo(['a@d.test'], { submitter: by(id) })
          await engine.send({ kind: 'accept', upload: null, message, takes }, body)
        }
        const used = (counter: Parameters<typeof reader.used>[0], at = clock.at) =>
          reader.used(counter, by('one'), at)
        expect(await Promise.all([daily, hourly, relays].map((each) => used(each)))).toEqual([
          4, 3, 4,
        ])
        const roomAt = await reader.leftAt(hourly, by('one'), clock.at, 1)
        expect(roomAt % 60_000).toBe(0)
        expect(await used(hourly, roomAt - 1)).toBe(3)
        expect(await used(hourly, roomAt)).toBe(0)
        expect(await used(daily, roomAt)).toBe(4)
        expect(await used({ ...daily, limit: 'another' })).toBe(0)
      }))

    test('accounts come by name, keys by age, each as it was put last; a name nobody has is null', () =>
      withEngine(make, async ({ clock, reader, ...engine }) => {
        const put = (name: string, dailyRecipients: number | 'none' | null) =>
          engine.send({
            kind: 'put-account',
            name,
            passwordHash: 'h',
            dailyRecipients,
            create: true,
          })
        await put('b', 5)
        await put('a', 'none')
        await put('c', null)
        expect((await reader.accounts()).map((one) => [one.name, one.dailyRecipients])).toEqual([
          ['a', 'none'],
          ['b', 5],
          ['c', null],
        ])
        await engine.send({ kind: 'remove-account', name: 'b' })
        expect(await reader.account('b')).toBeNull()
        expect(await reader.account('a')).toMatchObject({ passwordHash: 'h' })
        const key = (id: string, secretHash: string) =>
          engine.send({
            kind: 'put-api-key',
            id,
            secretHash,
            name: id,
            rights: keyRights('queue:read'),
          })
        await key('zz', 'one')
        clock.at++
        await key('aa', 'two')
        await key('zz', 'three')
        expect((await reader.apiKeys()).map(({ id }) => id)).toEqual(['zz', 'aa'])
        expect(await reader.apiKey('zz')).toMatchObject({
          secretHash: 'three',
          scopes: ['queue:read'],
        })
        expect(await reader.apiKey('none')).toBeNull()
        expect(await reader.apiKey('aa')).toMatchObject({ revoked: false })
        await engine.send({ kind: 'revoke-api-key', key: 'aa' })
        expect(await reader.apiKey('aa')).toMatchObject({ name: 'aa', scopes: [], revoked: true })
      }))

    test('a number is remembered under its name and of each whose it is, until another or none takes its place', () =>
      withEngine(make, async ({ reader, ...engine }) => {
        const cursor = (whose: string) => reader.remembered('event_told', whose)
        const move = (whose: string, value: number | null) =>
          engine.send({ kind: 'remember', name: 'event_told', whose, value })
        expect(await cursor('shop')).toBeNull()
        expect(await move('shop', 7)).toEqual({ kind: 'ok' })
        await move('page', 9_007_199_254_740_991)
        await move('shop', 8)
        expect([await cursor('shop'), await cursor('page')]).toEqual([8, 9_007_199_254_740_991])
        await move('page', null)
        expect([await cursor('shop'), await cursor('page')]).toEqual([8, null])
        expect(await reader.remembered('event_told')).toBeNull()
      }))

    test('each read is in the name of somebody, and reads the same in the name of another', async () => {
      const { reader } = await make()
      const key = { kind: 'key', id: 'k1' } as const
      const asKey = reader.as(key)
      expect(asKey.principal).toEqual(key)
      expect(asKey.as(reader.principal).principal).toEqual(reader.principal)
      expect(await asKey.storeId()).toBe(await reader.storeId())
    })

    test('a read that fails rejects, and never throws; the id of the store does not change', async () => {
      const engine = await make()
      const { reader } = engine
      const id = await reader.storeId()
      await accept(engine, messageTo(['a@d.test']))
      expect(await reader.storeId()).toBe(id)
      await engine.close()
      const asked = [reader.ledger(), reader.account('x'), reader.content(1), reader.storeId()]
      const settled = await Promise.allSettled(asked)
      expect(settled.map(({ status }) => status)).toEqual(asked.map(() => 'rejected'))
    })
  })
}
