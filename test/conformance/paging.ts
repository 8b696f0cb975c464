import { describe, expect, test } from 'vitest'
import { accept, messageTo, operation, outcome } from '../kit/store.ts'
import { withEngine, type Engine, type MakeEngine } from './engine.ts'
import { readEvents } from '../kit/read-events.ts'

const nobody = new Set<number>()
const address = (n: number) => `u${n}@d.test`

/** What a list holds that is gone through page by page, with something else going on between the pages. */
async function walk<T, P extends number>(
  page: (at: P | null) => Promise<{ rows: readonly T[]; next: P | null }>,
  between: () => Promise<unknown>,
): Promise<T[]> {
  const seen: T[] = []
  let at: P | null = null
  do {
    const { rows, next } = await page(at)
    seen.push(...rows)
    at = next
    await between()
  } while (at !== null)
  return seen
}

export function pagingConformance(make: MakeEngine): void {
  describe('pages, while rows change', () => {
    const messages = (engine: Engine, tag: string) => async (before: number | null) => {
      const { clock, reader } = engine
      const page = await reader.messages({ tag }, { before, limit: 3 }, nobody, clock.at)
      return { rows: page.messages.map(({ key }) => key), next: page.next }
    }

    test('of messages: each that matches throughout comes once, in the order of acceptance, newest first', () =>
      withEngine(make, async (engine) => {
        const stay: number[] = []
        const leave: number[] = []
        for (let n = 0; n < 20; n++) {
          const key = await accept(engine, messageTo([address(n)], { tag: 'news' }))
          if (n % 2 === 0) stay.push(key)
          else leave.push(key)
        }
        const seen = await walk(messages(engine, 'news'), async () => {
          await accept(engine, messageTo(['new@d.test'], { tag: 'news' }))
          const ended = [leave.shift(), leave.pop()]
          for (const key of ended) if (key) await engine.send(outcome(key, 'delivered'))
        })
        expect(seen).toEqual([...new Set(seen)].sort((a, b) => b - a))
        expect(seen.filter((key) => stay.includes(key))).toEqual(stay.toReversed())
      }))

    test('of recipients and of tries: each comes once, in the order of the envelope and of time', () =>
      withEngine(make, async (engine) => {
        const { clock, reader } = engine
        const message = messageTo(Array.from({ length: 10 }, (_, n) => address(n)))
        const key = await accept(engine, message)
        for (let n = 0; n < 10; n++) {
          await engine.send(outcome(key, { dueAt: clock.at + 1 + n }, [n]))
        }
        const seen = await walk(
          async (after: number | null) => {
            const of = { key, recipientCount: 10 }
            const page = await reader.recipients(of, {}, { after, limit: 3 }, nobody, clock.at)
            return { rows: page.recipients.map((one) => one.address), next: page.next }
          },
          () => engine.send(operation('hold', { filter: { to: address(9) } })),
        )
        expect(seen).toEqual(message.recipients.map((one) => one.address))
        const tries = await walk(
          async (after: number | null) => {
            const page = await reader.attempts(key, { after, limit: 3 })
            return { rows: page.attempts.flatMap((one) => one.recipients), next: page.next }
          },
          () => accept(engine, messageTo(['other@d.test'])),
        )
        expect(tries).toEqual(seen)
      }))

    test('of events: whoever goes on from the last one misses none and gets none twice', () =>
      withEngine(make, async (engine) => {
        const { reader } = engine
        for (let n = 0; n < 5; n++) await accept(engine, messageTo([address(n)]))
        let more = 3
        const seen = await walk(
          async (after: number | null) => {
            const rows = await readEvents(reader, after ?? 0, 2)
            return { rows, next: rows.at(-1)?.seq ?? null }
          },
          async () => more-- > 0 && accept(engine, messageTo(['late@d.test'])),
        )
        const numbers = seen.map(({ seq }) => seq)
        expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b))
        expect(seen.filter(({ event }) => event === 'accepted')).toHaveLength(8)
        const { oldest, newest } = await reader.eventRange()
        expect([numbers[0], numbers.at(-1)]).toEqual([oldest, newest])
      }))
  })
}
