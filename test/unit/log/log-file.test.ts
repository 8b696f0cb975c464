import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { LogFile, logPath } from '../../../src/log/log-file.ts'
import { tempFolder } from '../../kit/temp-folder.ts'

const line = (number: number): Buffer => Buffer.from(`${String(number).padStart(9, '0')}\n`)
const lineBytes = 10

/** All lines of a log, the oldest first. */
function allLines(path: string, files: number): string[] {
  const ages = Array.from({ length: files }, (_, age) => files - 1 - age)
  return ages.flatMap((age) => {
    try {
      return readFileSync(age === 0 ? path : `${path}.${age}`, 'utf8')
        .split('\n')
        .slice(0, -1)
    } catch {
      return []
    }
  })
}

test('a log goes on where the last life of its process ended, for its owner only', () => {
  using folder = tempFolder()
  const path = logPath(join(folder.path, 'log'), 'smtp')
  mkdirSync(join(folder.path, 'log'))
  writeFileSync(path, 'before\n', { mode: 0o600 })
  const file = new LogFile(path, { maxBytes: 1000, files: 2 })
  expect(file.append(Buffer.from('after\n'))).toBeNull()
  expect(readFileSync(path, 'utf8')).toBe('before\nafter\n')
  file.close()
  const other = new LogFile(logPath(join(folder.path, 'new'), 'api'), { maxBytes: 1000, files: 2 })
  other.append(line(1))
  expect(statSync(other.path).mode & 0o777).toBe(0o600)
  expect(statSync(join(folder.path, 'new')).mode & 0o777).toBe(0o700)
})

test('a full file is rotated on the write: no line is lost or cut, and neither count nor size grows', () => {
  using folder = tempFolder()
  const path = logPath(folder.path, 'smtp')
  const file = new LogFile(path, { maxBytes: 10 * lineBytes, files: 4 })
  for (let number = 0; number < 35; number++) file.append(line(number))
  expect(allLines(path, 4).map(Number)).toEqual(Array.from({ length: 35 }, (_, number) => number))
  for (let number = 35; number < 1000; number++) file.append(line(number))
  expect(readdirSync(folder.path).sort()).toEqual([
    'smtp.log',
    'smtp.log.1',
    'smtp.log.2',
    'smtp.log.3',
  ])
  expect(allLines(path, 4).map(Number)).toEqual(Array.from({ length: 40 }, (_, at) => 960 + at))
  file.close()
})

test('one file is enough: it begins anew when it is full', () => {
  using folder = tempFolder()
  const file = new LogFile(logPath(folder.path, 'smtp'), { maxBytes: 10 * lineBytes, files: 1 })
  for (let number = 0; number < 25; number++) file.append(line(number))
  expect(readdirSync(folder.path)).toEqual(['smtp.log'])
  expect(statSync(file.path).size).toBe(5 * lineBytes)
})

test('files of a setting that allowed more of them are removed', () => {
  using folder = tempFolder()
  for (const age of [1, 2, 3, 4]) writeFileSync(join(folder.path, `smtp.log.${age}`), 'old\n')
  const file = new LogFile(logPath(folder.path, 'smtp'), { maxBytes: lineBytes, files: 2 })
  file.append(line(1))
  file.append(line(2))
  expect(readdirSync(folder.path).sort()).toEqual(['smtp.log', 'smtp.log.1'])
})

test('a file that logrotate moved away, or somebody removed, is begun anew', () => {
  using folder = tempFolder()
  let now = 0
  const path = logPath(folder.path, 'smtp')
  const file = new LogFile(path, { maxBytes: 1000, files: 2 }, { elapsedMs: () => now })
  file.append(line(1))
  renameSync(path, `${path}-20261130`)
  writeFileSync(path, '') // as with `create`
  now += 5000
  file.append(line(2))
  expect(readFileSync(path, 'utf8')).toBe(String(line(2)))
  expect(readFileSync(`${path}-20261130`, 'utf8')).toBe(String(line(1)))
})

test('a file that ends in the middle of a line costs no other line', () => {
  using folder = tempFolder()
  const path = logPath(folder.path, 'smtp')
  writeFileSync(path, '{"half')
  const file = new LogFile(path, { maxBytes: 1000, files: 2 })
  file.append(line(1))
  expect(readFileSync(path, 'utf8')).toBe(`{"half\n${String(line(1))}`)
})

test('a log that can not be written is no exception, and grows nowhere', () => {
  using folder = tempFolder()
  const path = join(folder.path, 'smtp.log')
  mkdirSync(path)
  const file = new LogFile(path, { maxBytes: 1000, files: 2 })
  expect(file.append(line(1))?.code).toBe('EISDIR')
  renameSync(path, `${path}.away`)
  expect(file.append(line(2))).toBeNull()
  expect(readFileSync(path, 'utf8')).toBe(String(line(2)))
})

test('a disk that is short of room takes no more lines within seconds or 128 KB, and takes them again once it has room', () => {
  using folder = tempFolder()
  let now = 0
  let isShort = false
  const file = new LogFile(
    logPath(folder.path, 'smtp'),
    { maxBytes: 1_000_000, files: 2 },
    { hasRoom: () => !isShort, elapsedMs: () => now },
  )
  expect(file.append(line(1))).toBeNull()
  isShort = true
  now += 5000
  expect(file.append(line(2))).toMatchObject({ code: 'ENOSPC' })
  expect(readFileSync(file.path, 'utf8')).toBe(String(line(1)))
  isShort = false
  now += 5000
  expect(file.append(line(3))).toBeNull()
  isShort = true
  const many = Buffer.alloc(1000, 'x')
  const taken = Array.from({ length: 200 }, () => file.append(many)).filter((lost) => !lost)
  expect(taken.length).toBeLessThan(140)
  expect(statSync(file.path).size).toBe(2 * lineBytes + taken.length * many.length)
})

test('a folder in the place of an older file makes way for it, and no line is lost', () => {
  using folder = tempFolder()
  const path = join(folder.path, 'smtp.log')
  mkdirSync(join(`${path}.1`, 'not a file'), { recursive: true })
  const file = new LogFile(path, { maxBytes: 2 * lineBytes, files: 2 })
  const lost = Array.from({ length: 10 }, (_, number) => file.append(line(number))).filter(Boolean)
  expect(lost).toEqual([])
  expect(allLines(path, 2).map(Number)).toEqual([6, 7, 8, 9])
  const [current, older, moved = ''] = readdirSync(folder.path).sort()
  expect([current, older]).toEqual(['smtp.log', 'smtp.log.1'])
  expect(readdirSync(join(folder.path, moved))).toEqual(['not a file'])
})

test('a file that can not be rotated goes on up to the size of all, says why, and is rotated once it can be', () => {
  using folder = tempFolder()
  let now = 0
  // With ".1" the name is too long
  const path = join(folder.path, `${'x'.repeat(250)}.log`)
  const file = new LogFile(
    path,
    { maxBytes: 2 * lineBytes, files: 3 },
    { elapsedMs: () => (now += 1000) },
  )
  for (let number = 0; number < 2; number++) expect(file.append(line(number))).toBeNull()
  expect(file.trouble).toBeNull()
  for (let number = 2; number < 6; number++) expect(file.append(line(number))).toBeNull()
  expect(file.trouble).toMatchObject({ code: 'ENAMETOOLONG' })
  expect(file.append(line(6))).toMatchObject({ code: 'ENAMETOOLONG' })
  expect(allLines(path, 1).map(Number)).toEqual([0, 1, 2, 3, 4, 5])
  renameSync(path, join(folder.path, 'away'))
  for (let number = 7; number < 12; number++) file.append(line(number))
  expect(file.trouble).toMatchObject({ code: 'ENAMETOOLONG' })
  expect(allLines(path, 1).at(-1)).toBe(line(11).toString().trim())
})
