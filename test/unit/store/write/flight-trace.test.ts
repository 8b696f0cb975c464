import { execFileSync } from 'node:child_process'
import { appendFileSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { FreshMap } from '../../../../src/collections/fresh.ts'
import { expect, test } from 'vitest'
import { FlightTrace, readTrace, type Begun } from '../../../../src/store/write/flight-trace.ts'
import { Sessions } from '../../../../src/store/write/sessions.ts'
import { follow } from '../../../kit/sessions.ts'
import { folderForEachTest } from '../../../kit/folder-for-each-test.ts'

let folder: string
let path: string
const faults: unknown[] = []
const stale: unknown[] = []
let isWhole = true
folderForEachTest((fresh) => {
  folder = fresh
  path = join(folder, 'sluice.db-flight')
  faults.length = 0
  stale.length = 0
  isWhole = true
})

/** Two sessions under a trace at a path. */
function traced(at = path, againAfterMs?: number) {
  const sessions = new Sessions()
  const sessionOf = (number: number) => {
    const { lock, schedule } = follow()
    const session = { number, lock, schedule, begun: new FreshMap<number, Begun>() }
    sessions.add(session)
    return session
  }
  const [a, b] = [sessionOf(1), sessionOf(2)]
  const trace = new FlightTrace({
    path: at,
    storeId: 'this',
    flights: () => sessions.all,
    isWhole: () => isWhole,
    onFault: (fault) => faults.push(fault),
    onStale: (fault) => stale.push(fault),
    ...(againAfterMs !== undefined && { againAfterMs }),
  })
  sessions.trace = trace
  return { sessions, a, b, trace }
}

const noTrace = { isWhole: false, flights: new Map() }

const triedOnce = (keys: readonly number[]) => new Map(keys.map((key) => [key, 1]))

const flights = (at = path) =>
  [...readTrace(at, 'this').flights].map(([session, begun]) => [
    session,
    [...begun].map(([key, { at, tries }]) => {
      expect(tries).toBe(1)
      return [key, at]
    }),
  ])

test('says at once what began, by session, and what has ended since', () => {
  const { sessions, a, b, trace } = traced()
  sessions.begin(a, triedOnce([10, 11, 12]), 1000)
  sessions.begin(b, triedOnce([20]), 2000)
  sessions.end(a, [11])
  sessions.begin(b, triedOnce([11]), 3000)
  expect(flights()).toEqual([
    [
      1,
      [
        [10, 1000],
        [12, 1000],
      ],
    ],
    [
      2,
      [
        [20, 2000],
        [11, 3000],
      ],
    ],
  ])
  sessions.end(a, [10, 12])
  trace.close()
  expect(flights()).toEqual([
    [1, []],
    [
      2,
      [
        [20, 2000],
        [11, 3000],
      ],
    ],
  ])
})

test('a line that was cut off, or is none, is left out', () => {
  const { sessions, a } = traced()
  sessions.begin(a, triedOnce([10]), 1000)
  appendFileSync(path, 'nonsense\n+1 1000 1x 1\n+1 1000 99\n+1 1000 9999 1')
  expect(flights()).toEqual([[1, [[10, 1000]]]])
})

test('another store’s, none and nonsense are no trace', () => {
  expect(readTrace(path, 'this')).toEqual(noTrace)
  traced()
  expect(readTrace(path, 'other')).toEqual(noTrace)
  writeFileSync(path, Buffer.alloc(4096))
  expect(readTrace(path, 'this')).toEqual(noTrace)
})

test('does not grow with what has ended, and keeps what goes on', () => {
  const { sessions, a, b } = traced()
  sessions.begin(b, triedOnce([1]), 5)
  const many = Array.from({ length: 5000 }, (_, n) => 1_000_000_000 + n)
  for (let round = 0; round < 60; round++) {
    sessions.begin(a, triedOnce(many), round)
    sessions.end(a, many)
  }
  expect(statSync(path).size).toBeLessThan(1_500_000)
  expect(flights()).toContainEqual([2, [[1, 5]]])
})

test('where it can’t be written there is none, until it can be written whole; that is told once', () => {
  const inside = join(folder, 'sub')
  const { sessions, a } = traced(join(inside, 'flight'), 0)
  sessions.begin(a, triedOnce([1]), 5)
  expect(faults).toHaveLength(1)
  expect(readTrace(join(inside, 'flight'), 'this')).toEqual(noTrace)
  mkdirSync(inside)
  sessions.begin(a, triedOnce([2]), 6)
  const [[, begun] = []] = flights(join(inside, 'flight'))
  expect(begun).toEqual([
    [1, 5],
    [2, 6],
  ])
})

test('where it can’t be written that is not tried with each start', () => {
  const { sessions, a } = traced(join(folder, 'sub', 'flight'))
  mkdirSync(join(folder, 'sub'))
  sessions.begin(a, triedOnce([1]), 5)
  expect(readTrace(join(folder, 'sub', 'flight'), 'this')).toEqual(noTrace)
})

test('a disk that takes a part of it only leaves no trace, whether of a line or of all', () => {
  const child = fileURLToPath(new URL('./flight-trace-child.ts', import.meta.url))
  // 4 KiB, of the 9 that a line or all of it would have
  const script = `ulimit -f 8; exec "${process.execPath}" "${child}" "${path}"`
  const said = execFileSync('sh', ['-c', script], { encoding: 'utf8' })
  expect(JSON.parse(said)).toEqual({ found: [true, false, false], faults: 1 })
})

test('says that it is a part until it is all', () => {
  isWhole = false
  const { sessions, a, trace } = traced()
  sessions.begin(a, triedOnce([10]), 1000)
  const inFlight = [[1, [[10, 1000]]]]
  expect(readTrace(path, 'this').isWhole).toBe(false)
  expect(flights()).toEqual(inFlight)
  isWhole = true
  trace.becameWhole()
  expect(readTrace(path, 'this').isWhole).toBe(true)
  expect(flights()).toEqual(inFlight)
})

test('one that can be neither written nor taken back is told as such: nobody is answered a fault for it', () => {
  // No rename takes its place, and nothing but rmdir removes it
  mkdirSync(path)
  const { sessions, a } = traced(path, 0)
  expect([faults.length, stale.length]).toEqual([1, 1])
  expect(() => sessions.begin(a, triedOnce([10]), 1000)).not.toThrow()
})
