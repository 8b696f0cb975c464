import { describe, expect, it } from 'vitest'
import type { MailSource } from '../../../src/words/due.ts'
import { standingOf, type Opener, type Standing } from '../../../src/delivery/opener.ts'
import { OpeningLine } from '../../../src/delivery/opening-line.ts'
import { longestLead } from '../../../src/delivery/opening-order.ts'
import type { Stand } from '../../../src/delivery/sender-turns.ts'

class Waiter implements Opener<Waiter> {
  readonly name: string
  open = 0
  hasWorked: boolean
  failuresInRow: number
  standsAs: Standing | null = null
  stands: readonly Stand<Waiter>[] = []

  constructor(name: string, hasWorked: boolean, failuresInRow = 0) {
    this.name = name
    this.hasWorked = hasWorked
    this.failuresInRow = failuresInRow
  }
}

const all = () => true
const bulk: MailSource = { class: 1, submitter: 1 }
const trusted = (name: string) => new Waiter(name, true)
const newcomer = (name: string) => new Waiter(name, false)

function lineOf(...waiters: Waiter[]): OpeningLine<Waiter> {
  const line = new OpeningLine<Waiter>()
  for (const waiter of waiters) line.enter(waiter, [bulk])
  return line
}

/** The names of those that are next, each of which goes to the end again if it is to. */
function take(line: OpeningLine<Waiter>, times: number, again = false): string {
  const names: string[] = []
  for (let n = 0; n < times; n++) {
    const next = line.take(all)?.value
    if (!next) break
    names.push(next.name)
    line.charge(next, 1)
    if (again) line.enter(next, [bulk])
  }
  return names.join('')
}

describe('the standing of a provider', () => {
  it('is new until the first connection, trusted after one that worked, failing after failures', () => {
    const standings = [
      { hasWorked: false, failuresInRow: 0 },
      { hasWorked: false, failuresInRow: 1 },
      { hasWorked: true, failuresInRow: 0 },
    ].map(standingOf)
    expect(standings).toEqual(['new', 'failing', 'trusted'])
  })

  it('is not lost by a few dead host sets of many', () => {
    expect(standingOf({ hasWorked: true, failuresInRow: 4 })).toBe('trusted')
    expect(standingOf({ hasWorked: true, failuresInRow: 5 })).toBe('failing')
  })
})

describe('providers in line', () => {
  it('are served in the order of coming, round and round', () => {
    expect(take(lineOf(trusted('a'), trusted('b'), trusted('c')), 7, true)).toBe('abcabca')
  })

  it('keep their place when they enter again', () => {
    const [a, b] = [trusted('a'), trusted('b')]
    const line = lineOf(a, b)
    line.enter(a, [bulk])
    expect(line.length).toBe(2)
    expect(take(line, 3)).toBe('ab')
  })

  it('stand behind those that have had less', () => {
    const [a, b, c] = [trusted('a'), trusted('b'), trusted('c')]
    const line = lineOf(a, b, c)
    line.charge(a, 2)
    line.charge(b, 1)
    expect(take(line, 3)).toBe('cba')
  })

  it('owe for a bounded time only, and are owed nothing for a time in which they did not wait', () => {
    const [early, late] = [trusted('e'), trusted('l')]
    const line = lineOf(early, trusted('x'))
    for (let n = 0; n < 100; n++) {
      line.leave(early)
      line.charge(early, 1)
      line.enter(early, [bulk])
    }
    expect(line.lead(early, bulk)).toBe(longestLead)
    take(line, 200, true)
    line.enter(late, [bulk])
    // It does not catch up on the hundred turns that the others had before it came
    const next = take(line, 9, true)
    expect(next.match(/l/g)?.length).toBeLessThanOrEqual(4)
    expect(next).toContain('l')
  })

  it('of the three kinds take turns', () => {
    const line = lineOf(
      ...['A', 'B', 'C'].map(trusted),
      ...['n', 'o', 'p'].map(newcomer),
      ...['f', 'g', 'h'].map((name) => new Waiter(name, false, 1)),
    )
    const order = take(line, 9)
    for (const at of [0, 3, 6]) {
      expect(order.slice(at, at + 3)).toMatch(/[ABC][nop][fgh]/)
    }
  })

  it('that are new come first and last in turn: one that has just come does not wait for all', () => {
    const line = lineOf(...'abcdefgh'.split('').map(newcomer))
    expect(take(line, 4).split('').sort().join('')).toBe('abgh')
  })

  it('are passed over while none of their kind may open', () => {
    const line = lineOf(newcomer('n'), trusted('A'))
    const names = [1, 2].map(() => line.take((isUnproven) => !isUnproven)?.value.name ?? null)
    expect(names).toEqual(['A', null])
    expect(line.length).toBe(1)
  })

  it('change places when their standing does', () => {
    const waiter = newcomer('w')
    const line = lineOf(waiter)
    expect([line.trusted, line.unproven]).toEqual([0, 1])
    waiter.hasWorked = true
    line.enter(waiter, [bulk])
    expect([line.trusted, line.unproven]).toEqual([1, 0])
    line.leave(waiter)
    expect(line.length).toBe(0)
    line.leave(waiter)
    expect(line.length).toBe(0)
  })
})

describe('senders whose mail providers in line wait for', () => {
  const other: MailSource = { class: 1, submitter: 2 }
  const transactional: MailSource = { class: 0, submitter: 1 }
  const names = 'abcdefghijklmnopqrstuvwxyz'.split('')

  it.each([
    { kind: 'new', make: newcomer },
    { kind: 'trusted', make: trusted },
    { kind: 'failing', make: (name: string) => new Waiter(name, false, 1) },
  ])(
    'take turns among $kind ones: one of theirs is not behind the thousand of another',
    ({ make }) => {
      const line = lineOf(...names.map(make))
      line.enter(make('1'), [other])
      line.enter(make('2'), [other])
      expect(take(line, 4)).toMatch(/^[a-z][12][a-z][12]$/)
    },
  )

  it('come after all whose mail is transactional', () => {
    const line = lineOf(...names.map(trusted))
    line.enter(trusted('1'), [transactional])
    line.enter(trusted('2'), [transactional])
    expect(take(line, 3)).toBe('12a')
  })

  it('bring a provider forward that waits for a longer line as well', () => {
    const waiters = names.map(newcomer)
    const line = lineOf(...waiters)
    const middle = waiters[12]
    if (!middle) throw new Error('there are 26')
    line.enter(middle, [bulk, other])
    expect(line.length).toBe(26)
    expect(take(line, 2)).toBe('zm')
    expect(line.length).toBe(24)
  })

  it('find a provider though one of them is barred since it came, however many wait for that one', () => {
    const waiters = names.map(trusted)
    const line = lineOf(...waiters)
    const middle = waiters[12]
    if (!middle) throw new Error('there are 26')
    line.enter(middle, [bulk, other])
    const isBarred = ({ submitter }: MailSource) => submitter === bulk.submitter
    expect(line.take(all, isBarred)?.value.name).toBe('m')
    expect(line.take(all, isBarred)).toBeNull()
    expect(line.length).toBe(25)
  })

  it('are forgotten when nothing waits for them, however many there were', () => {
    const line = new OpeningLine<Waiter>()
    for (let submitter = 0; submitter < 1000; submitter++) {
      line.enter(newcomer('n'), [{ class: 1, submitter }])
    }
    while (line.take(all));
    expect(line.length).toBe(0)
    expect(line.sendersKnown).toBeLessThanOrEqual(64)
  })
})
