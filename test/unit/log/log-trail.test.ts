import { renameSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { LogFile, logPath } from '../../../src/log/log-file.ts'
import { LogTrail, mergeTrails } from '../../../src/log/log-trail.ts'
import { lineMatching, parseWanted } from '../../../src/log/pick-lines.ts'
import { rfc3339 } from '../../../src/time/clock.ts'
import { tempFolder } from '../../kit/temp-folder.ts'

const began = 1_700_000_000_000
const all = lineMatching({ kind: 'all' }, '')

/** A line written `at` milliseconds after the beginning. */
const line = (at: number, fields: object = {}): Buffer =>
  Buffer.from(`${JSON.stringify({ time: rfc3339(began + at), at, ...fields })}\n`)

async function read(...trails: LogTrail[]): Promise<unknown[]> {
  const lines: unknown[] = []
  for await (const { record } of mergeTrails(trails)) lines.push(record['at'])
  return lines
}

const count = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, at) => from + at)

test('rotated files are read as one, the oldest line first, and several logs by time', async () => {
  using folder = tempFolder()
  const limits = { maxBytes: 500, files: 5 }
  const smtp = new LogFile(logPath(folder.path, 'smtp'), limits)
  const delivery = new LogFile(logPath(folder.path, 'delivery'), limits)
  for (const at of count(0, 40)) (at % 3 === 0 ? smtp : delivery).append(line(at))
  const trails = [smtp, delivery].map(({ path }) => new LogTrail(path, all))
  for (const trail of trails) await trail.open(0)
  expect(await read(...trails)).toEqual(count(0, 40))
  for (const trail of trails) await trail.close()
})

test('a trail goes on as lines come, across any number of rotations, and misses none', async () => {
  using folder = tempFolder()
  const file = new LogFile(logPath(folder.path, 'smtp'), { maxBytes: 300, files: 9 })
  const trail = new LogTrail(file.path, all)
  await trail.open(0)
  expect(await read(trail)).toEqual([])
  for (const [from, to] of [
    [0, 3],
    [3, 4],
    [4, 30],
    [30, 31],
    [31, 60],
  ] as const) {
    for (const at of count(from, to)) file.append(line(at))
    expect(await read(trail)).toEqual(count(from, to))
  }
  await trail.close()
})

test('what was written before a rotation, and not read yet, is read', async () => {
  using folder = tempFolder()
  const path = logPath(folder.path, 'smtp')
  writeFileSync(path, line(0))
  const trail = new LogTrail(path, all)
  await trail.open(0)
  expect(await read(trail)).toEqual([0])
  writeFileSync(path, line(1), { flag: 'a' })
  renameSync(path, `${path}.1`)
  writeFileSync(path, line(2))
  expect(await read(trail)).toEqual([1, 2])
  await trail.close()
})

test('files whose last line is too old are passed over, older lines of others left out', async () => {
  using folder = tempFolder()
  const path = logPath(folder.path, 'smtp')
  writeFileSync(`${path}.1`, line(1))
  writeFileSync(path, Buffer.concat([line(2), line(5000)]))
  utimesSync(`${path}.1`, (began + 1000) / 1000, (began + 1000) / 1000)
  const since = began + 4000
  const trail = new LogTrail(path, lineMatching({ kind: 'all' }, rfc3339(since)))
  await trail.open(since)
  expect(await read(trail)).toEqual([5000])
  await trail.close()
})

test('lines that are no JSON, too long or cut are passed over', async () => {
  using folder = tempFolder()
  const path = join(folder.path, 'smtp.log')
  writeFileSync(
    path,
    Buffer.concat([
      Buffer.from('oops\n{"broken\n'),
      line(1),
      Buffer.alloc(3_000_000, '0'),
      Buffer.from('\n'),
      line(2),
    ]),
  )
  const trail = new LogTrail(path, all)
  await trail.open(0)
  expect(await read(trail)).toEqual([1, 2])
  await trail.close()
})

const id = '01JDEXAMPQE000000000000000'
const other = '01JDEXAMPQE000000000000001'

test.each([
  [id.toLowerCase(), [0, 1]],
  [other, [1, 2]],
  ['Carol@Example.NET', [0, 2]],
  ['*@example.net', [0, 2]],
  ['*@ample.net', []],
  ['a.b@example.org', [0]],
  ['axb@example.org', []],
  [undefined, [0, 1, 2]],
])('%s picks the lines about it', async (text, wanted) => {
  using folder = tempFolder()
  const path = join(folder.path, 'smtp.log')
  writeFileSync(
    path,
    Buffer.concat([
      line(0, { id, sender: 'A.b@example.org', recipient: 'carol@example.net' }),
      line(1, { id: other, about: id, sender: '' }),
      line(2, { id: other, sender: 'carol@example.net' }),
      line(3, { text: `${id} carol@example.net` }),
    ]),
  )
  const what = parseWanted(text)
  if (!what) throw new Error('not understood')
  const trail = new LogTrail(path, lineMatching(what, ''))
  await trail.open(0)
  expect(await read(trail)).toEqual(wanted)
  await trail.close()
})

test('what is neither an id nor an address is not understood', () => {
  expect([parseWanted('nobody'), parseWanted('@'), parseWanted(`${id}X`)]).toEqual([
    null,
    null,
    null,
  ])
})
