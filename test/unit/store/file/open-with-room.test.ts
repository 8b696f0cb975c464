import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openForWriting } from '../../../../src/store/file/database.ts'
import { StoreUnusable } from '../../../../src/store/file/faults.ts'
import { openWithRoom } from '../../../../src/store/file/open-with-room.ts'
import { folderForEachTest } from '../../../kit/folder-for-each-test.ts'

let folder: string
let options: Parameters<typeof openWithRoom>[0]
folderForEachTest((fresh) => {
  folder = fresh
  const ballastPath = join(folder, 'ballast')
  writeFileSync(ballastPath, 'heavy')
  const databasePath = join(folder, 'sluice.db')
  options = { databasePath, ballastPath, log: { info: () => undefined, warn: () => undefined } }
})

/** A disk that refuses a store as SQLite says it, until the ballast is gone or for good. */
const refusing = (errcode: number, freeBytes: number, until: () => boolean) => ({
  open: (path: string) => {
    if (until()) return openForWriting(path)
    throw Object.assign(new Error('disk I/O error'), { errcode })
  },
  freeBytes: () => freeBytes,
})
const ballastGone = () => !existsSync(options.ballastPath)

test.each([
  ['SQLITE_IOERR_SHMSIZE', 4874],
  ['SQLITE_FULL', 13],
  ['SQLITE_CANTOPEN', 14],
])('on a full disk (%s) the ballast goes, and the store opens', (_, errcode) => {
  openWithRoom(options, refusing(errcode, 4096, ballastGone)).close()
  expect(ballastGone()).toBe(true)
})

test('a disk that stays full is named, and what to do', () => {
  const open = () =>
    openWithRoom(
      options,
      refusing(4874, 0, () => false),
    )
  expect(open).toThrow(StoreUnusable)
  expect(open).toThrow(`the disk of ${folder} is full; make room`)
})

test.each([
  ['a fault of the disk while there is room', 10, 1e9, 'disk I/O error'],
  ['a damaged file on a full disk', 11, 0, 'is damaged'],
])('%s is no reason to throw out the ballast', (_, errcode, freeBytes, words) => {
  const disk = refusing(errcode, freeBytes, ballastGone)
  expect(() => openWithRoom(options, disk)).toThrow(StoreUnusable)
  expect(() => openWithRoom(options, disk)).toThrow(words)
  expect(ballastGone()).toBe(false)
})

/** Whether the kernel knows of a lock that this process has on a file, as every open connection of SQLite has. */
function isLockedByUs(path: string): boolean {
  const { ino } = statSync(path)
  const ours = new RegExp(`POSIX .* ${process.pid} \\S+:${ino} `)
  return readFileSync('/proc/locks', 'utf8')
    .split('\n')
    .some((lock) => ours.test(lock))
}

test('a store that opens at the second go has its lock, or another program that closes it would remove its log', () => {
  const { databasePath } = options
  openForWriting(databasePath).close()
  let isFirst = true
  const connection = openWithRoom(options, {
    freeBytes: () => 0,
    // As where a quota is used up: the log has something, and the connection that met the fault stays open
    open: (path) => {
      const opened = openForWriting(path)
      if (!isFirst) return opened
      isFirst = false
      opened.exec("INSERT INTO name (text) VALUES ('first')")
      opened.keepOpen()
      throw Object.assign(new Error('disk I/O error'), { errcode: 778 })
    },
  })
  expect(isLockedByUs(databasePath)).toBe(true)
  connection.close()
})
