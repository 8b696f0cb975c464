import { expect } from 'vitest'
import { OpenTally } from '../../src/store/read/open-tally.ts'
import type { Writer } from '../../src/store/write/writer.ts'

const columns = 'accepted, reopened, delivered, bounced, expired, cancelled, suppressed'.split(', ')
const sums = columns.map((column) => `sum(${column}) AS ${column}`).join(', ')

/**
 * What the store counts of what is open is what its rows say, whatever was done to them; and what it counts of the whole
 * relay, what it counts of all submitters.
 */
export function expectCounted({ writer }: { writer: Writer }): void {
  const { connection, names } = writer
  expect(writer.openTotals()).toEqual(OpenTally.of(connection).totals(names, writer.now()))
  const counted = (whose: string) =>
    connection.sql(`SELECT day, ${sums} FROM ledger WHERE submitter ${whose} GROUP BY day`).all()
  expect(counted('= 0')).toEqual(counted('<> 0'))
}
