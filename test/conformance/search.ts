import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Filter } from '../../src/words/filter.ts'
import type { GroupKind, GroupPage, GroupPosition } from '../../src/store/protocol/groups.ts'
import { statuses, type Status } from '../../src/words/status.ts'
import type { MakeEngine } from './engine.ts'
import {
  begin,
  countsOf,
  engine,
  fill,
  flight,
  isOf,
  open,
  rows,
  statusOf,
  type ModelRow,
} from './search-model.ts'

const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase()
const fits = (address: string, wanted: string) =>
  wanted.startsWith('*@') ? address.endsWith(wanted.slice(1)) : same(address, wanted)

/** With or without brackets. */
const isSameId = (header: string | null, wanted: string) =>
  header?.replace(/^<(.*)>$/, '$1') === wanted.replace(/^<(.*)>$/, '$1')

const meets = (row: ModelRow, filter: Filter): boolean =>
  (filter.status ?? open).includes(statusOf(row)) &&
  (filter.destination === undefined || row.destination === filter.destination) &&
  (filter.to === undefined || fits(row.to, filter.to)) &&
  (filter.from === undefined || fits(row.from, filter.from)) &&
  (filter.account === undefined || row.account === filter.account) &&
  (filter.submitter === undefined || `account:${row.account}` === filter.submitter) &&
  (filter.messageId === undefined || isSameId(row.messageIdHeader, filter.messageId)) &&
  (filter.tag === undefined || row.tag === filter.tag) &&
  (filter.route === undefined || row.route === filter.route) &&
  (filter.olderThan === undefined || row.acceptedAt < filter.olderThan) &&
  (filter.newerThan === undefined || row.acceptedAt >= filter.newerThan) &&
  (filter.id === undefined || row.id === filter.id)

function expected(filter: Filter): number[] {
  const messages = new Set(rows.filter((row) => meets(row, filter)).map(({ message }) => message))
  return [...messages].sort((a, b) => b - a)
}

async function found(filter: Filter, limit: number): Promise<number[]> {
  const messages: number[] = []
  let before: number | null = null
  do {
    const page = await engine.reader.messages(filter, { before, limit }, flight, engine.clock.at)
    expect(page.messages.length).toBeLessThanOrEqual(limit)
    expect(page.next ?? -1).toBeLessThan(before ?? Infinity)
    messages.push(...page.messages.map(({ key }) => key))
    before = page.next
  } while (before !== null)
  return messages
}

const options: Filter[] = [
  { destination: 'd1.test' },
  { destination: 'nowhere.test' },
  { to: 'b@D2.test' },
  { to: 'nobody@d2.test' },
  { to: '*@d3.test' },
  { from: 't@x.test' },
  { from: '*@y.test' },
  { account: 'one' },
  { account: 'nobody' },
  { submitter: 'account:two' },
  { messageId: '<often@x>' },
  { messageId: '<never@x>' },
  { tag: 'news' },
  { tag: 'held' },
  { tag: 'never' },
  { route: 'mx' },
  { route: 'smtp://relay.test:25' },
  { route: 'smtp://never.test:25' },
  { olderThan: begin + 300_000 },
  { newerThan: begin + 600_000 },
  { olderThan: begin },
  { newerThan: begin + 1e12 },
  ...statuses.map((status) => ({ status: [status] })),
  { status: ['queued', 'delivered'] },
  { status: ['held', 'in_flight'] },
  { status: ['held', 'in_flight', 'bounced', 'expired'] },
  { status: ['deferred', 'in_flight'] },
  { status: [] },
]

const withoutBrackets: Filter[] = [{ messageId: 'often@x' }, { messageId: 'twice@x' }]

/** Each filter, each pair of them and the counts, against a model that walks through all rows. */
export function searchConformance(make: MakeEngine): void {
  describe('what is found, and counted', () => {
    beforeAll(async () => {
      await fill(make)
    }, 60_000)
    afterAll(() => engine.close())

    describe('pages to the end hold exactly the messages that a walk through all rows finds, newest first, each once', () => {
      test.each([1, 3, 50])(
        'without a filter and with each single one, %i to a page',
        async (limit) => {
          for (const filter of [{}, ...options, ...withoutBrackets]) {
            expect(await found(filter, limit), JSON.stringify(filter)).toEqual(expected(filter))
          }
        },
      )

      test('with each pair of filters, 20 to a page', async () => {
        for (const [at, one] of options.entries()) {
          for (const other of options.slice(at + 1)) {
            const filter = { ...one, ...other }
            expect(await found(filter, 20), JSON.stringify(filter)).toEqual(expected(filter))
          }
        }
      }, 60_000)

      test('with the id of one message, and with an id that is none', async () => {
        const id = rows[300]?.id ?? ''
        expect(await found({ id }, 5)).toEqual(expected({ id }))
        expect(await found({ id, status: ['delivered', 'queued'] }, 5)).toEqual(
          expected({ id, status: ['delivered', 'queued'] }),
        )
        expect(await found({ id: '00000000000000000000000000' }, 5)).toEqual([])
      })
    })

    test('each shown recipient has the status that the model has', async () => {
      const byKey = new Map(rows.map((row) => [row.key, row]))
      for (const message of (
        await engine.reader.messages({}, { before: null, limit: 500 }, flight, engine.clock.at)
      ).messages)
        for (const { key, status } of message.recipients)
          expect(status).toBe(statusOf(byKey.get(key) as ModelRow))
    })

    test('each message has as many recipients of each status as the model has', async () => {
      const { messages } = await engine.reader.messages(
        {},
        { before: null, limit: 500 },
        flight,
        engine.clock.at,
      )
      for (const { key, recipientCounts } of messages) {
        const counts: Partial<Record<Status, number>> = {}
        for (const row of rows.filter(({ message }) => message === key)) {
          counts[statusOf(row)] = (counts[statusOf(row)] ?? 0) + 1
        }
        expect(recipientCounts).toEqual(counts)
      }
    })

    test('the summary counts what the model counts', async () => {
      const { reader, clock } = engine
      const answer = await engine.send({ kind: 'open-totals' })
      const totals = answer.kind === 'open-totals' ? answer.totals : null
      const summary = await reader.summary(flight, clock.at, totals)
      expect(await reader.summary(flight, clock.at)).toEqual(summary)
      const { open: counted, destinations, destinationCount } = summary
      expect(counted).toEqual(countsOf(rows))
      expect([destinations.length, destinationCount]).toEqual([3, 3])
      for (const { destination, own, nextDueAt, ...counts } of destinations) {
        const mine = rows.filter((row) => row.destination === destination)
        expect(own).toBe(0)
        expect(counts).toEqual(countsOf(mine))
        const waiting = mine.filter((row) => row.settled === null && !row.held)
        expect(nextDueAt).toBe(Math.min(...waiting.map(({ dueAt }) => dueAt)))
      }
    })

    test.each(['destination', 'submitter'] as const)(
      'pages by %s count what the model counts, those with the most first, each once',
      async (by) => {
        const { reader, clock } = engine
        const names: string[] = []
        let last = Infinity
        let after: GroupPosition | null = null
        do {
          const asked = { kind: 'open-groups', by, name: null, after, limit: 1 } as const
          const answer = await engine.send(asked)
          if (answer.kind !== 'open-groups') throw new Error(answer.kind)
          const page: GroupPage = await reader.groups(by, answer.kept, flight, clock.at)
          expect(page.groups.length).toBe(1)
          for (const group of page.groups) {
            const mine = rows.filter((row) => row.settled === null && isOf(row, by, group.name))
            expect(group).toMatchObject(countsOf(mine))
            expect(group.own).toBe(0)
            expect(group.oldestAcceptedAt).toBe(Math.min(...mine.map((row) => row.acceptedAt)))
            expect(group.lastReply).toMatchObject({ code: expect.any(Number) as number })
            expect(group.total).toBeLessThanOrEqual(last)
            last = group.total
            names.push(group.name)
          }
          after = page.next
        } while (after !== null)
        expect(names.sort()).toEqual(
          by === 'destination' ? ['d1.test', 'd2.test', 'd3.test'] : ['account:one', 'account:two'],
        )
      },
    )

    test('one destination or submitter is asked for alone, also where nothing of it is open', async () => {
      const groupsOf = async (by: GroupKind, name: string) => {
        const asked = { kind: 'open-groups', by, name, after: null, limit: 10 } as const
        const answer = await engine.send(asked)
        if (answer.kind !== 'open-groups') throw new Error(answer.kind)
        return engine.reader.groups(by, answer.kept, flight, engine.clock.at)
      }
      expect(await groupsOf('destination', 'd2.test')).toMatchObject({
        groups: [{ name: 'd2.test' }],
        next: null,
      })
      expect(await groupsOf('submitter', 'account:two')).toMatchObject({
        groups: [{ name: 'account:two' }],
      })
      expect(await groupsOf('destination', 'nowhere.test')).toEqual({ groups: [], next: null })
      expect(await groupsOf('submitter', 'd2.test')).toEqual({ groups: [], next: null })
    })
  })
}
