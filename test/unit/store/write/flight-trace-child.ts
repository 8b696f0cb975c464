/**
 * Traces a flight in a process of its own, whose files can't grow beyond a limit: one long line, then what is left of the
 * time until the trace is to be written anew. Prints whether a reader finds a trace after each, and how many faults were told.
 */
import { FlightTrace, readTrace, type Begun } from '../../../../src/store/write/flight-trace.ts'

const path = process.argv[2] ?? ''
const keys = Array.from({ length: 1000 }, (_, n) => 65_536_000 + n)
const begun = new Map<number, Begun>()
let faults = 0
const trace = new FlightTrace({
  path,
  storeId: 'this',
  flights: () => [{ number: 1, begun }],
  isWhole: () => true,
  onFault: () => faults++,
  onStale: () => undefined,
  againAfterMs: 0,
})
const isFound = () => readTrace(path, 'this').isWhole
const found = [isFound()]
for (const key of keys) begun.set(key, { at: 5, tries: 0 })
trace.begun(1, new Map(keys.map((key) => [key, 0])), 5)
found.push(isFound())
trace.begun(1, new Map([[1, 0]]), 5)
found.push(isFound())
console.log(JSON.stringify({ found, faults }))
