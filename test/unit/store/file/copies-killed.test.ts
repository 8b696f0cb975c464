import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { copyStore } from '../../../../src/store/file/copies.ts'
import { dropHalfRestore } from '../../../../src/store/file/exchange.ts'
import { holdLock } from '../../../../src/store/file/folder-lock.ts'
import { openReader } from '../../../../src/store/read/open-reader.ts'
import { spawnForTest } from '../../../kit/child.ts'
import { seeded } from '../../../kit/seeded.ts'
import { aProcess, accept, body, messageTo, openPieces, OwnClock } from '../../../kit/store.ts'
import { storeFileForEachTest } from '../../../kit/folder-for-each-test.ts'
import { tempFolder } from '../../../kit/temp-folder.ts'

const child = fileURLToPath(new URL('./copies-child.ts', import.meta.url))

let folder: string
let path: string
let copy: string
storeFileForEachTest((at) => ({ folder, path, copy } = at))

const clock = new OwnClock()

async function acceptedIn(at: string): Promise<number> {
  const reader = openReader(at, aProcess)
  try {
    return (await reader.ledger()).accepted
  } finally {
    await reader.close()
  }
}

test('killed with -9 at any moment: a copy is whole or not there, and a restore leaves the old store or the new one', async () => {
  const random = seeded(3)
  const pieces = openPieces(folder, { clock })
  const bytes = Buffer.alloc(200_000, 'x')
  const large = { sizeBytes: bytes.length }
  for (let n = 0; n < 20; n++) await accept(pieces, messageTo(['a@d.test'], large), bytes)
  copyStore(path, copy)
  for (let n = 0; n < 5; n++) await accept(pieces, messageTo(['a@d.test']), body)
  pieces.close()
  const seenAfter = new Set<number>()
  for (let round = 0; round < 12; round++) {
    const target = join(folder, `copy-${round}.db`)
    const [from, to] = round % 2 === 0 ? [path, target] : [copy, path]
    const what = round % 2 === 0 ? 'backup' : 'restore'
    const stdio = ['ignore', 'pipe', 'inherit'] as const
    const running = spawnForTest(process.execPath, [child, what, from, to], { stdio: [...stdio] })
    const ended = once(running, 'exit')
    await once(running.stdout, 'data')
    await new Promise((resolve) => setTimeout(resolve, random() * 40))
    running.kill('SIGKILL')
    await ended
    dropHalfRestore(path)
    seenAfter.add(await acceptedIn(path))
    if (existsSync(target)) seenAfter.add(await acceptedIn(target))
    openPieces(folder).close()
  }
  expect([...seenAfter].filter((accepted) => accepted !== 20 && accepted !== 25)).toEqual([])
  expect(readdirSync(folder).filter((name) => name.includes('arriving'))).toEqual([])
})

test('a restore over a store that can’t be read, killed between any two of its steps, leaves the old store with its log, or the new one', async () => {
  const found: string[] = []
  for (const renames of [0, 1, 2, 3]) {
    using own = tempFolder()
    const [store, log, backup] = ['sluice.db', 'sluice.db-wal', 'copy.db'].map((name) =>
      join(own.path, name),
    ) as [string, string, string]
    const pieces = openPieces(own.path, { clock })
    await accept(pieces, messageTo(['a@d.test']))
    copyStore(store, backup)
    pieces.writer.connection.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    await accept(pieces, messageTo(['late@d.test']))
    const logged = readFileSync(log)
    pieces.close()
    const rubbish = Buffer.from('hello '.repeat(2000))
    writeFileSync(store, rubbish)
    writeFileSync(log, logged)
    const { signal } = spawnSync(process.execPath, [
      child,
      'restore',
      backup,
      store,
      String(renames),
    ])
    dropHalfRestore(store)
    if (signal === null) {
      expect(await acceptedIn(store)).toBe(1)
      found.push('new')
    } else {
      expect(readFileSync(store).equals(rubbish)).toBe(true)
      expect(readFileSync(log).equals(logged)).toBe(true)
      const names = readdirSync(own.path).filter((name) => /restore|restoring|arriving/.test(name))
      expect(names).toEqual([])
      found.push('old')
    }
  }
  expect(found).toEqual(['old', 'old', 'old', 'new'])
})

test('a copy that was killed does not keep the next one from its name; two at once don’t write into each other', async () => {
  openPieces(folder, { clock }).close()
  writeFileSync(`${copy}.partial`, 'half a copy')
  const other = holdLock(`${copy}.partial.lock`)
  expect(() => copyStore(path, copy)).toThrow('being written by another backup')
  other?.release()
  copyStore(path, copy)
  expect(await acceptedIn(copy)).toBe(0)
  expect(readdirSync(folder).filter((name) => name.includes('partial'))).toEqual([])
})
