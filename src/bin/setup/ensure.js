import { spawnSync } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { draftPrefix, findProgram, mortal, say, SetupProblem, toolsFolder } from './project.js'

/**
 * Makes what is missing, one process at a time: whoever had to wait finds it made. `make` gets the descriptor that holds
 * the lock; a program that is given it keeps others out for as long as it lives, also when we are killed.
 */
export function ensure(isThere, make) {
  if (isThere()) return
  const lock = takeLock()
  try {
    if (isThere()) return
    removeDrafts()
    make(lock)
  } finally {
    closeSync(lock)
  }
}

/**
 * A lock of the kernel's (flock(1), of Debian's essential util-linux): it is gone with the last process that has the
 * file open, so there is no lock of a dead one. A machine without that program has no lock.
 */
function takeLock() {
  const lock = openLockFile()
  const flock = findProgram('flock')
  if (flock === null || tryLock([flock, '--nonblock', '3'], lock)) return lock
  sayOnce('another setup is at work in this folder; waiting for it …')
  tryLock([flock, '3'], lock)
  return lock
}

const said = new Set()
function sayOnce(line) {
  if (!said.has(line)) say(line)
  said.add(line)
}

function openLockFile() {
  try {
    mkdirSync(toolsFolder, { recursive: true })
    return openSync(join(toolsFolder, 'setup.lock'), 'a')
  } catch (error) {
    throw new SetupProblem(
      `something is missing here, and this user may not set it up (${error.code}). ` +
        'Type, as the owner of this folder: npx sluice setup',
    )
  }
}

function tryLock(commandLine, lock) {
  const [command, ...args] = mortal(commandLine)
  return spawnSync(command, args, { stdio: ['ignore', 'ignore', 'inherit', lock] }).status === 0
}

/** Drafts of a setup that was cut off: under the lock there is nobody whose they could be. */
function removeDrafts() {
  for (const name of readdirSync(toolsFolder)) {
    if (name.startsWith(draftPrefix)) rmSync(join(toolsFolder, name), { recursive: true })
  }
}
