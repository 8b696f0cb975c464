import { statSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { dataPaths } from '../../src/config/paths.ts'
import { Load, numberOf, type LoadOptions } from '../kit/load.ts'
import { startRelay, type Relay } from '../kit/relay.ts'
import type { Ended } from '../kit/relay-process.ts'
import { startRemote } from '../kit/remote.ts'
import { settled } from '../kit/under-load.ts'
import { inject, type Injection } from './inject.ts'
import { has } from './needs.ts'

const syncs = 'fsync,fdatasync'

/** Which process meets it, where the disk fails, and whether the body of each message is large. */
interface Failure extends Omit<Injection, 'file'> {
  process: 'store' | 'api' | 'delivery'
  file: 'database' | 'log'
  /** Large messages where the log must be begun anew, after 64 MB; few where the thread must reach its end between commits. */
  load?: Partial<LoadOptions>
}

const eio = 'error=EIO'
/** The pace of one who leaves the thread more time than its round takes. */
const atLeisure = (): Promise<void> => delay(100)
const failures: [string, Failure][] = [
  [
    'the sync of a commit',
    { process: 'store', file: 'log', calls: syncs, fault: `${eio}:when=20` },
  ],
  ['every sync', { process: 'store', file: 'log', calls: syncs, fault: eio }],
  [
    'a write of a commit',
    { process: 'store', file: 'log', calls: 'pwrite64', fault: `${eio}:when=40` },
  ],
  [
    'the sync of the database file in the checkpoint thread, once',
    {
      process: 'store',
      file: 'database',
      thread: 'WorkerThread',
      calls: syncs,
      fault: `${eio}:when=1`,
      load: { sessions: 1, leave: atLeisure },
    },
  ],
  [
    'the sync of the log in the checkpoint thread, once',
    { process: 'store', file: 'log', thread: 'WorkerThread', calls: syncs, fault: `${eio}:when=1` },
  ],
  [
    'a write of the checkpoint thread, once',
    {
      process: 'store',
      file: 'database',
      thread: 'WorkerThread',
      calls: 'pwrite64',
      fault: `${eio}:when=3`,
    },
  ],
  [
    'the sync before the log is begun anew, once',
    {
      process: 'store',
      file: 'database',
      calls: 'fdatasync', // SQLite itself calls fsync

      fault: `${eio}:when=1`,
      load: { bodyBytes: 600_000 },
    },
  ],
  [
    'the sync of the last bit of a long log, once',
    {
      process: 'store',
      file: 'database',
      thread: 'main',
      calls: syncs,
      fault: `${eio}:when=1`,
      load: { bodyBytes: 600_000 },
    },
  ],
  ['a read of the API', { process: 'api', file: 'database', calls: 'pread64', fault: eio }],
  ['a read of delivery', { process: 'delivery', file: 'database', calls: 'pread64', fault: eio }],
]

const fileOf = (relay: Relay, file: Failure['file']): string => {
  const { database } = dataPaths(relay.dataDir)
  return file === 'log' ? `${database}-wal` : database
}

/** The log has to grow to 64 MB for some of them, and strace slows the store down. */
const longLogMs = 120_000

/** Has the API read the store, as long as there is one. */
const ask = async (relay: Relay): Promise<void> => {
  try {
    await relay.api('/queue/messages')
  } catch {
    // The relay has ended.
  }
}

/** The relay has ended with one line, which names the file and the way to go on. */
function expectOneLine(relay: Relay, { code, output }: Ended, before: string): void {
  const said = output.slice(before.length)
  expect(said.match(/^data_dir: .*$/gm)).toEqual([
    expect.stringContaining(dataPaths(relay.dataDir).database),
  ])
  expect(said).toContain('sluice restore')
  expect(said).not.toContain('started again')
  expect(code).toBe(78)
}

/** Nothing has moved or removed it, not even the end of the last process: the next start reads it anew. */
const expectLogKept = (relay: Relay): void =>
  expect(statSync(fileOf(relay, 'log')).size).toBeGreaterThan(0)

/** Sends until the disk has ended the relay, starts it again, and expects all that was answered at the sink. */
async function failAndStartAgain(
  more: Partial<LoadOptions>,
  end: (relay: Relay) => Promise<Ended>,
): Promise<void> {
  await using sink = await startRemote()
  await using relay = await startRelay({
    route: sink.route,
    settings: { delivery: { retry_first: '1s', retry_longest: '2s' } },
  })
  using load = new Load({ connect: () => relay.smtp(), ...more })
  await load.run(
    20,
    (async () => {
      await sink.untilAccepted(20)
      const before = relay.output
      const ended = await end(relay)
      expectOneLine(relay, ended, before)
      await relay.start()
    })(),
  )
  expect(await settled(relay)).toMatchObject({ open: 0, difference: 0 })
  const arrived = new Set(sink.accepted.map(numberOf))
  const numbers = (kind: string) => [...load.known].filter(([, known]) => known === kind)
  expect(numbers('accepted').filter(([number]) => !arrived.has(number))).toEqual([])
  expect(numbers('refused').filter(([number]) => arrived.has(number))).toEqual([])
}

test.skipIf(!has('strace')).each(failures)(
  'EIO at %s: one line and status 78; the next start has all that was answered',
  async (_, { process, file, load = {}, ...injection }) => {
    await failAndStartAgain(load, async (relay) => {
      const injected = await inject(relay.pid(process), { ...injection, file: fileOf(relay, file) })
      const asks = setInterval(() => void ask(relay), 50)
      try {
        const ended = await relay.ended(longLogMs)
        if (process === 'store') expectLogKept(relay)
        return ended
      } finally {
        clearInterval(asks)
        await injected.stop()
      }
    })
  },
)

/** In every thread and always: whoever brings the last commits into the file meets it. */
test.skipIf(!has('strace')).each<[string, Omit<Failure, 'process'>]>([
  ['the sync of the database file', { file: 'database', calls: syncs, fault: eio }],
  ['the cut of the log', { file: 'log', thread: 'main', calls: 'ftruncate', fault: eio }],
])(
  'EIO at %s at a stop: one line and status 78; the next start has all that was answered',
  async (_, { file, ...injection }) => {
    await failAndStartAgain({}, async (relay) => {
      const injected = await inject(relay.pid('store'), { ...injection, file: fileOf(relay, file) })
      const ended = await relay.stop()
      await injected.stop()
      expectLogKept(relay)
      return ended
    })
  },
)
