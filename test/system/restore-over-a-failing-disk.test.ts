import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { dataPaths } from '../../src/config/paths.ts'
import { copyStore } from '../../src/store/file/copies.ts'
import { openReader } from '../../src/store/read/open-reader.ts'
import { projectRoot } from '../kit/imports.ts'
import { accept, aProcess, messageTo, openPieces } from '../kit/store.ts'
import { folderForEachTest } from '../kit/folder-for-each-test.ts'
import { has } from './needs.ts'

let folder: string
let dataDir: string
let database: string
let copy: string
folderForEachTest(async (fresh) => {
  folder = fresh
  dataDir = join(folder, 'var')
  ;({ database } = dataPaths(dataDir))
  copy = join(folder, 'copy.db')
  await leaveKilledStore()
})

/** A store as a kill leaves it, with a message in its file and two in its log, and a copy of before these. */
async function leaveKilledStore(): Promise<void> {
  mkdirSync(dataDir)
  const pieces = openPieces(join(folder, 'used'))
  await accept(pieces, messageTo(['a@d.test']))
  copyStore(pieces.databasePath, copy)
  pieces.writer.connection.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  for (const to of ['b@d.test', 'c@d.test']) await accept(pieces, messageTo([to]))
  for (const suffix of ['', '-wal']) copyFileSync(pieces.databasePath + suffix, database + suffix)
  pieces.close()
}

/** `sluice restore`, or another verb, on a disk that fails at each of these calls on the old store. */
function sluiceWith(faults: readonly string[], verb = 'restore', file = copy) {
  const files = ['', '-wal', '.restoring'].flatMap((suffix) => ['-P', database + suffix])
  const injections = faults.flatMap((fault) => ['-e', `inject=${fault}`])
  const sluice = [process.execPath, 'src/bin/main.ts', verb, file]
  return spawnSync('strace', ['-f', '-qq', '-o', '/dev/null', ...files, ...injections, ...sluice], {
    cwd: projectRoot,
    encoding: 'utf8',
    env: { ...process.env, SLUICE_CONFIG: '/dev/null', SLUICE_DATA_DIR: dataDir },
  })
}

async function acceptedIn(path: string): Promise<number> {
  const reader = openReader(path, aProcess)
  try {
    return (await reader.ledger()).accepted
  } finally {
    await reader.close()
  }
}

const syncs = 'fsync,fdatasync:error=EIO'

test.skipIf(!has('strace')).each([
  ['its log', `${syncs}:when=1`],
  ['its file', `${syncs}:when=2`],
])(
  'a store that gives way to a copy keeps its log as it is where the sync of %s failed',
  async (_, fault) => {
    const log = readFileSync(`${database}-wal`)
    const { status, stdout } = sluiceWith([fault])
    const [, oldStore = ''] = /The old store lies in (.*)\.$/m.exec(stdout) ?? []
    expect(stdout).toContain(`Its write-ahead log, ${oldStore}-wal,`)
    expect(status).toBe(0)
    expect(readFileSync(`${oldStore}-wal`).equals(log)).toBe(true)
    expect(await acceptedIn(oldStore)).toBe(3)
    expect(await acceptedIn(database)).toBe(1)
  },
)

test.skipIf(!has('strace'))(
  'a restore that fails after such a sync leaves the old store in its place, and its log as it is',
  async () => {
    const log = readFileSync(`${database}-wal`)
    const { status, stderr } = sluiceWith([`${syncs}:when=2`, 'rename:error=EIO:when=1'])
    expect(stderr).toMatch(
      /^sluice: .*sluice\.db or its write-ahead log: .* failed .*; look at the disk .*\n$/,
    )
    expect(status).toBe(69)
    expect(readFileSync(`${database}-wal`).equals(log)).toBe(true)
    expect(await acceptedIn(database)).toBe(3)
  },
)

test.skipIf(!has('strace'))(
  'a restore whose copy is in its place says so where the disk fails after that, and that it is not confirmed',
  async () => {
    const { status, stdout, stderr } = sluiceWith(['unlink:error=EIO:when=2'])
    expect(stderr).toContain('the disk did not confirm that the copy is in its place')
    expect(stdout).toContain('Restored.')
    expect(status).toBe(0)
    expect(await acceptedIn(database)).toBe(1)
  },
)

test.skipIf(!has('strace'))(
  'a read that fails within a statement is not told as damage alone: what to do first is to look at the disk and start again',
  () => {
    const target = join(folder, 'another.db')
    const { status, stderr } = sluiceWith(['pread64:error=EIO:when=40'], 'backup', target)
    expect(stderr).toMatch(
      /sluice\.db is damaged, or a read of it failed; look at the disk .* and start again; if this comes again, restore a copy/,
    )
    expect(status).toBe(69)
  },
)

test.skipIf(!has('strace'))(
  'a backup of a store that can’t be opened says in one line that its disk fails',
  () => {
    const target = join(folder, 'another.db')
    const { status, stderr } = sluiceWith(['pread64:error=EIO:when=2'], 'backup', target)
    expect(stderr).toMatch(
      /^sluice: .*sluice\.db or its write-ahead log: .* failed .*; look at the disk .*\n$/,
    )
    expect(status).toBe(69)
  },
)
