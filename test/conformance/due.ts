import { describe, expect, test } from 'vitest'
import type { DueRecipient } from '../../src/words/due.ts'
import { lineOf } from '../../src/words/due.ts'
import { accept, messageTo, operation, outcome, recipientOf } from '../kit/store.ts'
import { withEngine, type Engine, type MakeEngine } from './engine.ts'

const of = (id: string) => ({ submitter: { kind: 'account' as const, id } })
const none = new Map<string, number>()
const keys = (due: readonly DueRecipient[]) => due.map(({ recipient }) => recipient)

async function lanesOf({ reader, clock }: Engine, limit: number): Promise<string[]> {
  const lanes: string[] = []
  for (let position: number | null = 0; position !== null;) {
    const page: Awaited<ReturnType<typeof reader.dueLanes>> = await reader.dueLanes(
      position,
      clock.at,
      limit,
    )
    lanes.push(...page.due.map(({ lane }) => lane))
    position = page.next
  }
  return lanes.sort()
}

export function dueConformance(make: MakeEngine): void {
  describe('what is due', () => {
    test.each([1, 3, 100])(
      'in all lanes is found once for each lane, %i lanes at a time',
      (limit) =>
        withEngine(make, async (engine) => {
          const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name) => `${name}.test`)
          const made: number[] = []
          for (const name of names) {
            made.push(await accept(engine, messageTo([`x@${name}`, `y@${name}`])))
          }
          const [deferred = 0, settled = 0] = made
          await engine.send(outcome(deferred, { dueAt: engine.clock.at + 1000 }, [0, 1]))
          await engine.send(outcome(settled, 'delivered', [0, 1]))
          await engine.send(operation('hold', { filter: { destination: 'c.test' } }))
          expect(await lanesOf(engine, limit)).toEqual(names.slice(3).map((name) => `mx:${name}`))
          engine.clock.at += 1000
          expect(await lanesOf(engine, limit)).toContain('mx:a.test')
        }),
    )

    test('in all lanes is found also where those before it in the lane have to wait', () =>
      withEngine(make, async (engine) => {
        const { clock, reader } = engine
        const [waits, late] = [
          await accept(engine, messageTo(['a@d.test'], of('bulk'))),
          await accept(engine, messageTo(['b@d.test'], of('bulk'))),
        ]
        const due = await accept(engine, messageTo(['c@d.test'], of('shop')))
        await engine.send(outcome(waits, { dueAt: clock.at + 1000 }, [0]))
        await engine.send(outcome(late, { dueAt: clock.at + 2000 }, [0]))
        expect(keys((await reader.dueLanes(0, clock.at, 10)).due)).toEqual([recipientOf(due)])
      }))

    test('in all lanes is told to be alone where nothing else is open and unheld in its lane, whether due or not', () =>
      withEngine(make, async (engine) => {
        const { clock, reader } = engine
        const alone = await accept(engine, messageTo(['a@a.test']))
        await accept(engine, messageTo(['b@a.test']))
        await engine.send(operation('hold', { filter: { to: 'b@a.test' } }))
        await accept(engine, messageTo(['a@b.test', 'b@b.test']))
        await accept(engine, messageTo(['a@c.test'], of('shop')))
        const waits = await accept(engine, messageTo(['b@c.test'], of('bulk')))
        await engine.send(outcome(waits, { dueAt: clock.at + 1000 }, [0]))
        expect((await reader.dueLanes(0, clock.at, 10)).alone).toEqual(
          new Set([recipientOf(alone)]),
        )
      }))

    test('in all lanes is found for each sender of a lane that has any due, and of a few of many', () =>
      withEngine(make, async ({ clock, reader, ...engine }) => {
        const due = [
          await accept(engine, messageTo(['a@d.test'], of('bulk'))),
          await accept(engine, messageTo(['a@d.test'], of('shop'))),
        ]
        const waits = await accept(engine, messageTo(['a@d.test'], of('late')))
        await engine.send(outcome(waits, { dueAt: clock.at + 1000 }))
        for (let n = 0; n < 30; n++) {
          await accept(engine, messageTo(['a@e.test'], of(`customer ${n}`)))
        }
        const last = await accept(engine, messageTo(['a@f.test'], of('shop')))
        const found = (await reader.dueLanes(0, clock.at, 10)).due
        const inLane = (name: string) => found.filter(({ lane }) => lane === name)
        expect(keys(inLane('mx:d.test'))).toEqual(due.map((key) => recipientOf(key)))
        const named = new Set(inLane('mx:e.test').map(({ submitter }) => submitter)).size
        expect([named > 1, named < 30]).toEqual([true, true])
        expect(keys(inLane('mx:f.test'))).toEqual([recipientOf(last)])
        const { next } = await reader.dueLanes(0, clock.at, 1)
        expect((await reader.dueLanes(next ?? 0, clock.at, 1)).due).toEqual(inLane('mx:e.test'))
      }))

    test('in a lane: the earliest first, of each submitter a share, however much one of them has', () =>
      withEngine(make, async ({ clock, reader, ...engine }) => {
        const bulk: number[] = []
        for (let n = 0; n < 40; n++) {
          bulk.push(await accept(engine, messageTo(['a@d.test'], of('bulk'))))
          clock.at++
        }
        const single = await accept(engine, messageTo(['a@d.test'], of('shop')))
        const { due, more } = await reader.dueInLane('mx:d.test', clock.at, none, 10)
        expect(keys(due)).toContain(recipientOf(single))
        const ofBulk = keys(due).filter((key) => key !== recipientOf(single))
        expect(ofBulk).toEqual(bulk.slice(0, ofBulk.length).map((key) => recipientOf(key)))
        expect(more).toBe(true)
        expect(due.length).toBeLessThanOrEqual(15)
        const all = await reader.dueInLane('mx:d.test', clock.at, none, 1000)
        expect([all.due.length, all.more]).toEqual([41, false])
        expect(await reader.dueInLane('mx:nowhere.test', clock.at, none, 10)).toEqual({
          due: [],
          more: false,
        })
      }))

    test('in a lane of a few: all that is due and nothing else, the earliest first', () =>
      withEngine(make, async ({ clock, reader, ...engine }) => {
        const later = await accept(engine, messageTo(['a@d.test']))
        const bulk = await accept(engine, messageTo(['a@d.test']))
        await accept(engine, messageTo(['b@d.test']))
        await engine.send(outcome(later, { dueAt: clock.at + 1000 }))
        await engine.send(operation('hold', { filter: { to: 'b@d.test' } }))
        const found = await reader.dueInLane('mx:d.test', clock.at, none, 10)
        expect([keys(found.due), found.more]).toEqual([[recipientOf(bulk)], false])
        clock.at += 1000
        const { due } = await reader.dueInLane('mx:d.test', clock.at, none, 10)
        expect(keys(due)).toEqual([recipientOf(bulk), recipientOf(later)])
      }))

    test.each([3, 30])(
      'in a lane: transactional mail of whatever sender before all of bulk, of which there are %i',
      (count) =>
        withEngine(make, async (engine) => {
          const { clock, reader } = engine
          const bulk: number[] = []
          for (let n = 0; n < count; n++) {
            bulk.push(await accept(engine, messageTo(['a@d.test'], of('bulk'))))
          }
          clock.at++
          const late = await accept(engine, messageTo(['a@d.test'], of('shop')))
          const early = await accept(engine, messageTo(['a@d.test'], of('bulk')))
          for (const message of [late, early]) engine.makeTransactional(message)
          const first = [early, late].map((message) => recipientOf(message))
          const wanted = [...first, ...bulk.map((message) => recipientOf(message))]
          const all = await reader.dueInLane('mx:d.test', clock.at, none, 100)
          expect([keys(all.due), all.more]).toEqual([wanted, false])
          const few = await reader.dueInLane('mx:d.test', clock.at, none, 2)
          expect([keys(few.due), few.more]).toEqual([first, true])
          const after = few.due.at(0)?.submitter
          const next = await reader.dueInLane('mx:d.test', clock.at, none, 2, after)
          expect(keys(next.due)).toEqual(first.toReversed())
        }),
    )

    test('in a lane, beside what the caller has already: those come along and leave the others their room', () =>
      withEngine(make, async ({ clock, reader, ...engine }) => {
        for (let n = 0; n < 20; n++) await accept(engine, messageTo(['a@d.test']))
        const first = await reader.dueInLane('mx:d.test', clock.at, none, 5)
        const [one] = first.due
        const loaded = new Map([[one ? lineOf(one) : '', first.due.length]])
        const { due } = await reader.dueInLane('mx:d.test', clock.at, loaded, 5)
        expect(keys(due).slice(0, first.due.length)).toEqual(keys(first.due))
        expect(due).toHaveLength(first.due.length + 5)
      }))

    test('in a lane with more submitters than room: page by page everybody comes, however much each has', () =>
      withEngine(make, async ({ clock, reader, ...engine }) => {
        for (let n = 0; n < 14; n++) {
          await accept(engine, messageTo(['a@d.test', 'b@d.test'], of(`customer ${n % 7}`)))
        }
        const seen = new Set<number>()
        let after: number | undefined
        for (let page = 0; page < 4; page++) {
          const { due, more } = await reader.dueInLane('mx:d.test', clock.at, none, 2, after)
          expect([due.length, more]).toEqual([2, true])
          for (const { submitter } of due) seen.add(submitter)
          after = due.at(-1)?.submitter
        }
        expect(seen.size).toBe(7)
      }))

    test('since a moment: by due time and then by key, page by page, each once, while rows change', () =>
      withEngine(make, async ({ clock, reader, ...engine }) => {
        const begin = clock.at
        const made: number[] = []
        for (let n = 0; n < 12; n++) made.push(await accept(engine, messageTo(['a@d.test'])))
        for (const [n, key] of made.entries()) {
          await engine.send(outcome(key, { dueAt: begin + 1 + Math.floor(n / 5) }))
        }
        const wanted = made.map((key) => recipientOf(key))
        const until = begin + 3
        const seen: number[] = []
        for (let after = { dueAt: begin, recipient: Number.MAX_SAFE_INTEGER }; ;) {
          const page = await reader.dueBetween(after, until, 4)
          seen.push(...keys(page))
          const last = page.at(-1)
          if (!last) break
          after = { dueAt: last.dueAt, recipient: last.recipient }
          const [gone] = made
          if (gone) await engine.send(outcome(gone, 'delivered'))
        }
        expect(seen).toEqual(wanted)
      }))

    test('since a moment: not new mail, which is due at once and told of', () =>
      withEngine(make, async ({ clock, reader, ...engine }) => {
        await accept(engine, messageTo(['a@d.test']))
        const after = { dueAt: 0, recipient: 0 }
        expect(await reader.dueBetween(after, clock.at + 1, 10)).toEqual([])
      }))

    test('never has what is held, in none of its lists', () =>
      withEngine(make, async ({ clock, reader, ...engine }) => {
        const message = await accept(engine, messageTo(['a@d.test', 'b@d.test']))
        await engine.send(operation('hold', { filter: { to: 'a@d.test' } }))
        const { due } = await reader.dueInLane('mx:d.test', clock.at, none, 10)
        expect(keys(due)).toEqual([recipientOf(message, 1)])
        await engine.send(outcome(message, { dueAt: clock.at + 1 }))
        await engine.send(operation('hold'))
        expect(await reader.dueLanes(0, clock.at, 10)).toEqual({
          due: [],
          alone: new Set(),
          next: null,
        })
        const after = { dueAt: 0, recipient: 0 }
        expect(await reader.dueBetween(after, clock.at + 1, 10)).toEqual([])
      }))

    test('or past its time: open and not held, no more than asked for', () =>
      withEngine(make, async ({ clock, reader, ...engine }) => {
        const dead = { lifetimeMs: 10 }
        const [late, settled] = [
          await accept(engine, messageTo(['a@d.test', 'b@d.test'], dead)),
          await accept(engine, messageTo(['a@d.test'], dead)),
          await accept(engine, messageTo(['held@d.test'], dead)),
          await accept(engine, messageTo(['a@d.test'])),
        ]
        await engine.send(outcome(settled, 'bounced'))
        await engine.send(operation('hold', { filter: { to: 'held@d.test' } }))
        expect(await reader.expired(clock.at + 9, 9)).toEqual([])
        const expired = await reader.expired(clock.at + 10, 9)
        expect(expired).toEqual(
          [0, 1].map((index) => ({ message: late, recipient: recipientOf(late, index) })),
        )
        expect(await reader.expired(clock.at + 10, 1)).toHaveLength(1)
      }))
  })
}
