import { lstatSync, renameSync, unlinkSync } from 'node:fs'

/** The older files of a log, the newest first: `smtp.log.1`, `smtp.log.2`, … */
export const rotatedPath = (path: string, age: number): string =>
  age === 0 ? path : `${path}.${age}`

/**
 * Moves a file to `.1`, `.1` to `.2` and so on, and then removes what is older than `files` allow. Where a file can't be
 * moved, all are put back and none is removed: a rotation that is tried again and again must not eat the older files.
 */
export function rotate(path: string, files: number): void {
  const moved: number[] = []
  try {
    for (let age = firstGap(path) - 1; age >= 0; age--) {
      renameSync(rotatedPath(path, age), rotatedPath(path, age + 1))
      moved.push(age)
    }
  } catch (error) {
    for (const age of moved.reverse()) putBack(path, age)
    throw error
  }
  // The oldest, and those of a setting that allowed more files
  for (let age = Math.max(files, 1); removeIfThere(rotatedPath(path, age)); age++);
}

/** Older files are moved as far as the first that is missing. */
function firstGap(path: string): number {
  let age = 1
  while (lstatSync(rotatedPath(path, age), { throwIfNoEntry: false })) age++
  return age
}

function putBack(path: string, age: number): void {
  try {
    renameSync(rotatedPath(path, age + 1), rotatedPath(path, age))
  } catch {
    // It stays where it is, and is read there
  }
}

/** @returns whether there was such a file, and it is gone */
function removeIfThere(path: string): boolean {
  try {
    unlinkSync(path)
    return true
  } catch {
    // A folder, or a file that nobody may remove: it takes the room of one
    return false
  }
}
