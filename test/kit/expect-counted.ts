import { expect } from 'vitest'
import { OpenTally } from '../../src/store/read/open-tally.ts'
import type { KeptGroups } from '../../src/store/protocol/groups.ts'
import type { Writer } from '../../src/store/write/writer.ts'

const columns = 'accepted, reopened, delivered, bounced, expired, cancelled, suppressed'.split(', ')
const sums = columns.map((column) => `sum(${column}) AS ${column}`).join(', ')

/**
 * What the store counts of what is open is what its rows say, whatever was done to them; and what it counts of the whole
 * relay, what it counts of all submitters.
 */
export function expectCounted({ writer }: { writer: Writer }): void {
  const { connection, names } = writer
  const anew = OpenTally.of(connection, names)
  expect(writer.openTotals()).toEqual(anew.totals(writer.now()))
  for (const by of ['destination', 'submitter'] as const) {
    const asked = { by, name: null, after: null, limit: 100 }
    const kept = writer.openGroups(asked)
    const found = anew.groups(asked, writer.now())
    expect(withoutFirst(kept)).toEqual(withoutFirst(found))
    // No open one is before the place from which the first of a group is looked for
    for (const [index, { first }] of kept.groups.entries()) {
      expect(first).toBeLessThanOrEqual(found.groups[index]?.first ?? -1)
    }
  }
  const counted = (whose: string) =>
    connection.sql(`SELECT day, ${sums} FROM ledger WHERE submitter ${whose} GROUP BY day`).all()
  expect(counted('= 0')).toEqual(counted('<> 0'))
}

const withoutFirst = ({ groups, ...rest }: KeptGroups) => ({
  ...rest,
  groups: groups.map((group) => ({ ...group, first: null })),
})
