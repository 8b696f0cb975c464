import { afterEach, describe, expect, test, vi } from 'vitest'
import type { Command } from '../../../../src/store/protocol/commands.ts'
import type { AskedCommand } from '../../../../src/store/write/asked.ts'
import { CommandLine, type Group } from '../../../../src/store/write/command-line.ts'
import { second } from '../../../../src/time/clock.ts'
import { principalName, principalOf } from '../../../../src/words/principal.ts'
import { submitterName } from '../../../../src/words/submitter.ts'
import { aProcess, messageTo, outcome } from '../../../kit/store.ts'

type Line = CommandLine<AskedCommand>

const kilobyte = 1024
const payloads = new Map<number, Uint8Array>()
function payloadOf(bytes: number): Uint8Array {
  const known = payloads.get(bytes) ?? new Uint8Array(bytes)
  payloads.set(bytes, known)
  return known
}

const ask = (command: Command, bytes = 0, by: AskedCommand['by'] = aProcess): AskedCommand => ({
  command,
  by,
  payload: payloadOf(bytes),
})

const addresses = Array.from({ length: 10_000 }, (_, n) => `${n}@d.test`)
/** An accept of a message of an account to so many recipients. */
const mail = (account: string, recipients: number, bytes = 4 * kilobyte): AskedCommand => {
  const submitter = { kind: 'account', id: account } as const
  const message = messageTo(addresses.slice(0, recipients), { submitter })
  return ask({ kind: 'accept', upload: null, message, takes: [] }, bytes)
}
const outcomes = (count: number): AskedCommand =>
  ask(
    outcome(
      1,
      'delivered',
      Array.from({ length: count }, (_, n) => n),
    ),
  )

function lineOf(...asks: readonly AskedCommand[]): Line {
  const line: Line = new CommandLine()
  for (const one of asks) line.add(one)
  return line
}
const times = (count: number, make: (n: number) => AskedCommand): AskedCommand[] =>
  Array.from({ length: count }, (_, n) => make(n))

const recipientsOf = ({ command }: AskedCommand): number => {
  if (command.kind === 'accept') return command.message.recipients.length
  return command.kind === 'settle' ? command.outcomes.length : 0
}
const recipientsIn = ({ asks }: Group<AskedCommand>): number =>
  asks.reduce((sum, one) => sum + recipientsOf(one), 0)

function* groupsOf(line: Line): Generator<Group<AskedCommand>> {
  while (line.length > 0) yield line.takeGroup()
}

afterEach(() => {
  vi.restoreAllMocks()
})

describe('a group', () => {
  test.each([1, 4, 20])('of a fast sender’s small mail of %i KB is 256 messages', (size) => {
    const line = lineOf(...times(1000, () => mail('a', 1, size * kilobyte)))
    const sizes = [...groupsOf(line)].map(({ asks }) => asks.length)
    expect(sizes).toEqual([256, 256, 256, 232])
  })

  test('has some 2,700 recipients at most, whether they are accepted or settled', () => {
    for (const make of [() => mail('a', 1000), () => mail('a', 80), () => outcomes(100)]) {
      const line = lineOf(...times(200, make))
      for (const group of groupsOf(line)) expect(recipientsIn(group)).toBeLessThanOrEqual(2731)
    }
  })

  test('is of one message alone where that has more: it is one transaction all the same', () => {
    const line = lineOf(mail('a', 10_000), mail('a', 10_000), mail('b', 1))
    expect([...groupsOf(line)].map(recipientsIn)).toEqual([1, 10_000, 10_000])
  })

  test('has few commands of which nobody knows how much they are', () => {
    const placement = { destination: 'd.test', lane: 'l', provider: 'p', recipients: [] }
    const place = { kind: 'place', placements: [placement] } as const
    const holdMessage = { message: 1, reason: 'damaged' }
    const note = {
      kind: 'note',
      happened: { event: 'content_corrupt', data: { cause: 'damaged' } },
      holdMessage,
    } as const
    const abandon = { kind: 'abandon', upload: 1 } as const
    for (const [command, most] of [
      [place, 2],
      [note, 2],
      [abandon, 32],
    ] as const) {
      const line = lineOf(...times(100, () => ask(command)))
      for (const { asks } of groupsOf(line)) expect(asks.length).toBeLessThanOrEqual(most)
    }
  })
})

describe('what is small and comes while bulk waits is in the next group:', () => {
  const bulk = times(2000, (n) => mail(`bulk ${n % 10}`, 1000))

  test.each([
    ['a message of another submitter', () => mail('small', 1)],
    ['a message of 50 KB to ten', () => mail('small', 10, 50 * kilobyte)],
    ['an outcome', () => outcomes(1)],
    ['the outcome of a whole job', () => outcomes(100)],
    ['a piece of an upload', () => ask({ kind: 'chunk', upload: 7 }, 256 * kilobyte)],
    ['a sender that comes back', () => ask({ ...follow, inFlight: addresses.map((_, n) => n) })],
    ['a hold of a damaged message', () => ask(damaged)],
    ['the stop of an operation', () => ask({ kind: 'stop-operation', id: 'x', party: 'abuse' })],
  ])('%s', (_, make) => {
    const line = lineOf(...bulk)
    let groups = 0
    while (line.length > 0) {
      const small = make()
      line.add(small)
      const { asks } = line.takeGroup()
      expect(asks).toContain(small)
      groups++
    }
    expect(groups).toBeGreaterThan(900)
  })

  const follow = {
    kind: 'follow',
    session: 1,
    lock: 'l',
    schedule: { firstMs: 1, longestMs: 1, factor: 1 },
  } as const
  const damaged = {
    kind: 'note',
    happened: { event: 'content_corrupt', data: { cause: 'damaged' } },
    holdMessage: { message: 1, reason: 'damaged' },
  } as const
})

test.each([
  [1, 1],
  [10, 5],
])(
  'a small message of a submitter of bulk, one of %i, is in one of the next %i groups',
  (submitters, most) => {
    const line = lineOf(...times(2000, (n) => mail(`bulk ${n % submitters}`, 1000)))
    while (line.length > 0) {
      const small = mail('bulk 0', 1)
      line.add(small)
      let groups = 1
      while (!line.takeGroup().asks.includes(small)) groups++
      expect(groups).toBeLessThanOrEqual(most)
    }
  },
)

test('a large message of one network waits for none of the pieces of another network’s uploads', () => {
  const from = (id: string): AskedCommand['by'] => principalOf({ kind: 'network', id })
  const piece = (id: string, upload: number): AskedCommand =>
    ask({ kind: 'chunk', upload }, 256 * kilobyte, from(id))
  const line = lineOf(...times(500, (n) => piece('10.1.0.0/16', n)))
  for (let n = 0; n < 10; n++) {
    const next = piece('10.2.0.0/16', 1000)
    line.add(next)
    expect(line.takeGroup().asks).toContain(next)
  }
  // … and they stand where the accepts of their network do
  const { submitter } = messageTo(['a@d.test'], {
    submitter: { kind: 'network', id: '10.1.0.0/16' },
  })
  expect(principalName(from('10.1.0.0/16'))).toBe(submitterName(submitter))
})

test('submitters have as much of the store as each other, whatever each sends', () => {
  const line = lineOf(
    ...times(200, () => mail('bulk', 1000)),
    ...times(20_000, () => mail('small', 5)),
  )
  const accepted = new Map<string, number>()
  for (let n = 0; n < 40; n++) {
    for (const one of line.takeGroup().asks) {
      const { command } = one
      if (command.kind !== 'accept') continue
      const { id } = command.message.submitter
      accepted.set(id, (accepted.get(id) ?? 0) + recipientsOf(one))
    }
  }
  expect(accepted.get('bulk')).toBeGreaterThan(15_000)
  expect(accepted.get('small')).toBeGreaterThan(12_000)
})

test('bulk is not starved by small mail of the same submitter or of others, nor by outcomes, that come without end', () => {
  const last = mail('bulk', 1000)
  const line = lineOf(...times(9, () => mail('bulk', 1000)), last)
  for (let groups = 1; ; groups++) {
    for (let n = 0; n < 200; n++) {
      line.add(mail('bulk', 1))
      line.add(mail('small', 1))
      line.add(outcomes(1))
    }
    if (line.takeGroup().asks.includes(last)) {
      expect(groups).toBeLessThan(100)
      return
    }
    expect(groups).toBeLessThan(100)
  }
})

test('accepts that came too late are named, and cost nobody a turn', () => {
  const before = performance.now()
  const line = lineOf(...times(100, () => mail('a', 1000)))
  vi.spyOn(performance, 'now').mockReturnValue(before + 31 * second)
  const inTime = mail('a', 500)
  for (const one of [...times(10, () => mail('b', 1000)), inTime]) line.add(one)
  const { late, asks } = line.takeGroup()
  expect(late).toHaveLength(100)
  expect(asks).toContain(inTime)
})

test('recipients whose outcome waits are named', () => {
  const line = lineOf(mail('a', 1), outcomes(3), mail('a', 1000), outcomes(1))
  expect([...line.outcomes()]).toEqual([0, 1, 2, 0].map((n) => 65_536 + n))
})
