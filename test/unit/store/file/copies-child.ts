/**
 * Copies or restores a store in a process of its own, to be killed or kept from writing: `backup|restore FROM TO [RENAMES]`.
 * With a number it kills itself when it has renamed so many files.
 */
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

const [, , what, from = '', to = '', renames] = process.argv
if (renames !== undefined) {
  const { renameSync } = fs
  let left = Number(renames)
  fs.renameSync = (...names) => {
    if (left-- === 0) process.kill(process.pid, 'SIGKILL')
    renameSync(...names)
  }
  syncBuiltinESMExports()
}
const { copyStore, restoreStore } = await import('../../../../src/store/file/copies.ts')
console.log('begins')
if (what === 'backup') copyStore(from, to)
else restoreStore(from, to, Date.now())
