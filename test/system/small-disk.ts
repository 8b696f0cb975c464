import { execFileSync } from 'node:child_process'
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { tempFolder } from '../kit/temp-folder.ts'

/** A small file system of its own, gone with its scope. */
export function smallDisk(megabytes: number): { path: string } & Disposable {
  const folder = tempFolder()
  const path = join(folder.path, 'disk')
  mkdirSync(path)
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', path])
  return {
    path,
    [Symbol.dispose]: () => {
      execFileSync('umount', ['-l', path])
      folder[Symbol.dispose]()
    },
  }
}

/** Writes a file until nothing more goes in. */
export function fill(path: string): void {
  const file = openSync(path, 'w')
  for (const size of [1024 * 1024, 64 * 1024, 4096]) {
    const block = Buffer.alloc(size, 1)
    try {
      for (;;) if (writeSync(file, block) < size) break
    } catch {
      // Full for blocks of this size.
    }
  }
  closeSync(file)
}
