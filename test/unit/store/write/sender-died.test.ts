import { copyFileSync, renameSync, rmSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { hour, minute } from '../../../../src/time/clock.ts'
import { eventually } from '../../../kit/facts.ts'
import { firstSession as session, follow } from '../../../kit/sessions.ts'
import { accept, messageTo, operation, outcome, recipientOf } from '../../../kit/store.ts'
import { StoreWithSenders } from './store-with-senders.ts'

const store = new StoreWithSenders()

describe('what a sender that died was sending', () => {
  const waits = { firstMs: 10 * minute, longestMs: hour, factor: 3 }

  test('is not sent again at once: a try with an unknown outcome is recorded, and its wait begins', async () => {
    const { client, reader } = store
    const before = await store.anotherSender({ lock: 'one', schedule: waits })
    const message = await accept(client, messageTo(['a@d.test', 'b@d.test', 'c@d.test']))
    const recipients = [0, 1].map((index) => recipientOf(message, index))
    await store.start(before.client, recipients, before.session)
    before.client.close()
    const after = await store.anotherSender({ lock: 'one' })
    await store.untilInFlight([])
    const unknown = {
      status: 'deferred',
      attempts: 1,
      lastReply: { code: null, enhanced: '4.4.2' },
    }
    expect(await store.shown(message)).toMatchObject([
      unknown,
      unknown,
      { status: 'queued', attempts: 0 },
    ])
    const waitMs = ((await store.shown(message))[0]?.dueAt ?? 0) - store.clock.at
    expect(waitMs).toBeGreaterThanOrEqual(0.9 * waits.firstMs)
    expect(waitMs).toBeLessThanOrEqual(1.1 * waits.firstMs)
    expect((await reader.attempts(message, { after: null, limit: 9 })).attempts).toMatchObject([
      { host: null, code: null, recipients: ['a@d.test', 'b@d.test'] },
    ])
    const again = [0, 1, 2].map((index) => recipientOf(message, index))
    expect(await store.start(after.client, again, after.session)).toMatchObject({
      recipients: [recipientOf(message, 2)],
    })
  })

  test('is not forgotten where the store died with it, and nothing else is taken for sent', async () => {
    const message = await accept(store.client, messageTo(['a@d.test', 'b@d.test', 'c@d.test']))
    const recipients = [0, 1, 2].map((index) => recipientOf(message, index))
    const { client, session: number } = await store.anotherSender({ lock: 'one' })
    await store.start(client, recipients, number)
    await client.send({ ...outcome(message, 'delivered', [0]), session: number })
    await client.send({ kind: 'unstart', session: number, recipients: recipients.slice(1, 2) })
    await store.restart()
    await store.anotherSender({ lock: 'one' })
    await store.untilInFlight([])
    expect(await store.shown(message)).toMatchObject([
      { status: 'delivered', attempts: 1 },
      { status: 'queued', attempts: 0 },
      { status: 'deferred', attempts: 1 },
    ])
  })

  test('and was recorded is left as it is, though the trace lacks the end of its flight', async () => {
    const message = await accept(store.client, messageTo(['a@d.test', 'b@d.test', 'c@d.test']))
    const recipients = [0, 1, 2].map((index) => recipientOf(message, index))
    const { client, session: number } = await store.anotherSender({ lock: 'one' })
    await store.start(client, recipients, number)
    const { tracePath } = store
    copyFileSync(tracePath, `${tracePath}.early`)
    store.clock.at += 1
    const later = { dueAt: store.clock.at + hour }
    await client.send({ ...outcome(message, 'delivered', [0]), session: number })
    await client.send({ ...outcome(message, later, [1]), session: number })
    await store.restart(() => renameSync(`${tracePath}.early`, tracePath))
    expect(await store.inFlight()).toEqual([recipients[2]])
    await store.anotherSender({ lock: 'one' })
    await store.untilInFlight([])
    expect(await store.shown(message)).toMatchObject([
      { status: 'delivered', attempts: 1 },
      { status: 'deferred', attempts: 1, dueAt: later.dueAt },
      { status: 'deferred', attempts: 1, lastReply: { enhanced: '4.4.2' } },
    ])
  })

  test.each([
    ['it alone', false],
    ['the store with it', true],
  ])(
    'is recorded though a clock that was ahead had recorded a try before: %s died',
    async (_, withStore) => {
      const { clock } = store
      const { client, session: number } = await store.anotherSender({ lock: 'one' })
      const message = await accept(store.client, messageTo(['a@d.test']))
      const first = { ...outcome(message, { dueAt: clock.at + minute }), session: number }
      expect(await client.send(first)).toEqual({ kind: 'ok' })
      clock.jump(-2 * hour)
      expect(await store.client.send({ kind: 'accept-clock' })).toMatchObject({ byMs: -2 * hour })
      await store.client.send(operation('retry'))
      clock.at += minute
      await store.start(client, [recipientOf(message)], number)
      if (withStore) await store.restart()
      expect(await store.inFlight()).toEqual([recipientOf(message)])
      await store.anotherSender({ lock: 'one' })
      await store.untilInFlight([])
      const [shown] = await store.shown(message)
      expect(shown).toMatchObject({ status: 'deferred', attempts: 2 })
    },
  )

  test('and was put off without a try is left as it is, though the trace lacks the end of its flight', async () => {
    const message = await accept(store.client, messageTo(['a@d.test']))
    const { client, session: number } = await store.anotherSender({ lock: 'one' })
    await store.start(client, [recipientOf(message)], number)
    const { tracePath } = store
    copyFileSync(tracePath, `${tracePath}.early`)
    const later = { dueAt: store.clock.at + hour }
    await client.send({ ...outcome(message, later), attempts: [], session: number })
    await store.restart(() => renameSync(`${tracePath}.early`, tracePath))
    await store.anotherSender({ lock: 'one' })
    expect(await store.shown(message)).toMatchObject([{ attempts: 0, dueAt: later.dueAt }])
  })

  test('and was purged meanwhile is cancelled, with the try on record', async () => {
    const message = await accept(store.client, messageTo(['a@d.test']))
    const { client, session: number } = await store.anotherSender({ lock: 'one' })
    await store.start(client, [recipientOf(message)], number)
    await store.restart()
    expect(await store.client.send(operation('purge'))).toMatchObject({ inFlight: 1 })
    expect(await store.reader.ledger()).toMatchObject({ open: 1 })
    await store.anotherSender({ lock: 'one' })
    await store.untilInFlight([])
    expect(await store.shown(message)).toMatchObject([{ status: 'cancelled', attempts: 1 }])
    expect(await store.reader.ledger()).toMatchObject({ open: 0, cancelled: 1, difference: 0 })
  })

  test('is recorded some seconds later where nobody takes its place', async () => {
    const message = await accept(store.client, messageTo(['a@d.test']))
    const { client, session: number } = await store.anotherSender()
    await store.start(client, [recipientOf(message)], number)
    client.close()
    await store.untilInFlight([])
    expect(await store.shown(message)).toMatchObject([{ status: 'deferred', attempts: 1 }])
  })

  test('is recorded in slices, however much it is', async () => {
    const to = Array.from({ length: 500 }, (_, n) => `u${n}@d.test`)
    const message = await accept(store.client, messageTo(to))
    const { client, session: number } = await store.anotherSender({ lock: 'one' })
    await store.start(
      client,
      to.map((_, index) => recipientOf(message, index)),
      number,
    )
    await store.anotherSender({ lock: 'one' })
    await store.untilInFlight([])
    const { attempts: tries } = await store.reader.attempts(message, { after: null, limit: 9 })
    expect(tries.map(({ recipientCount }) => recipientCount)).toEqual([200, 200, 100])
  })
})

describe('without a trace of what was in flight, after a start', () => {
  const loseTrace = () => store.restart(() => rmSync(store.tracePath))

  test('a purge waits until each sender has said what it has', async () => {
    const message = await accept(store.client, messageTo(['a@d.test', 'b@d.test']))
    await store.start(store.client, [recipientOf(message, 0)])
    await loseTrace()
    const { client, reader } = store
    const purged = client.send(operation('purge', { filter: { destination: 'd.test' } }))
    await accept(client, messageTo(['c@other.test']))
    await client.send(follow({ session, inFlight: [recipientOf(message, 0)] }))
    expect(await purged).toEqual({ kind: 'operated', messages: 1, recipients: 2, inFlight: 1 })
    expect(await reader.ledger()).toMatchObject({ open: 2, cancelled: 1, difference: 0 })
  })

  test('a purge waits also after the start that follows that one, in which nobody has said it either', async () => {
    const message = await accept(store.client, messageTo(['a@d.test', 'b@d.test']))
    await store.start(store.client, [recipientOf(message, 0)])
    await loseTrace()
    await store.restart()
    const { client } = store
    const purged = client.send(operation('purge'))
    await client.send(follow({ session, inFlight: [recipientOf(message, 0)] }))
    expect(await purged).toMatchObject({ recipients: 2, inFlight: 1 })
  })

  test('a purge waits only some seconds for a sender that is not there, and for none where none was', async () => {
    const message = await accept(store.client, messageTo(['a@d.test']))
    await store.start(store.client, [recipientOf(message)])
    await loseTrace()
    const purge = () => store.client.send(operation('purge', { filter: {} }))
    expect(await purge()).toMatchObject({ recipients: 1, inFlight: 0 })
    await loseTrace()
    await accept(store.client, messageTo(['a@d.test']))
    expect(await purge()).toMatchObject({ recipients: 1, inFlight: 0 })
  })

  test('what was purged in flight is cancelled only when each sender has said what it has', async () => {
    const sends = await store.anotherSender()
    const message = await accept(store.client, messageTo(['a@d.test', 'b@d.test']))
    const [taken, left] = [recipientOf(message, 0), recipientOf(message, 1)]
    await store.start(sends.client, [taken, left], sends.session)
    await store.client.send(operation('purge'))
    await loseTrace()
    const { client, reader } = store
    // Its coming has the store look for what is left to cancel; the hold is set behind that
    await store.anotherSender({ session })
    const hold = { scope: 'tag', value: 'x', party: 'operator', reason: null, until: null } as const
    await client.send({ kind: 'put-hold', ...hold })
    expect(await reader.ledger()).toMatchObject({ open: 2, cancelled: 0 })
    const back = await store.anotherSender({ session: sends.session, inFlight: [taken] })
    await back.client.send({ ...outcome(message, 'delivered'), session: sends.session })
    await eventually('nothing is open', async () =>
      (await reader.ledger()).open === 0 ? true : undefined,
    )
    expect(await store.shown(message)).toMatchObject([
      { status: 'delivered', attempts: 1 },
      { status: 'cancelled', attempts: 0 },
    ])
  })
})
