import { expect } from 'vitest'
import { OpenTally } from '../../src/store/read/open-tally.ts'
import type { Writer } from '../../src/store/write/writer.ts'

/** What the store counts of what is open is what its rows say, whatever was done to them. */
export function expectCounted({ writer }: { writer: Writer }): void {
  const { connection, names } = writer
  expect(writer.openTotals()).toEqual(OpenTally.of(connection).totals(names, writer.now()))
}
