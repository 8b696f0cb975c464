import { spawnSync } from 'node:child_process'
import { accessSync, constants, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const projectRoot = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))))

/** What setup fetches lies here; git knows nothing of it, and removing it is always safe. */
export const toolsFolder = join(projectRoot, '.tools')

export const draftPrefix = 'draft-'

/** Something that setup can't do by itself; the message says what to type. */
export class SetupProblem extends Error {}

/** Progress goes to stderr: what a verb prints stays clean. */
export const say = (line) => process.stderr.write(`sluice: ${line}\n`)

/** Milliseconds since this process began; src/time is TypeScript, which no Node before 24 can run. */
export const elapsedMs = () => performance.now()

/** Says what is being done and, once it is, how long it took. */
export function timed(what, work) {
  say(`${what} …`)
  const begun = elapsedMs()
  work()
  say(`… done in ${Math.ceil((elapsedMs() - begun) / 1000)} s`)
}

/** The path of a program, or null. */
export function findProgram(name, path = process.env.PATH ?? '') {
  for (const folder of path.split(delimiter)) {
    const file = join(folder, name)
    if (folder !== '' && isProgram(file)) return file
  }
  return null
}

export function isProgram(file) {
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isFile()
  } catch {
    return false
  }
}

/** A command line whose program the kernel ends together with us (Ctrl-C, kill -9); setpriv is in Debian's util-linux. */
export function mortal(commandLine) {
  const setpriv = findProgram('setpriv')
  return setpriv === null ? commandLine : [setpriv, '--pdeathsig', 'KILL', ...commandLine]
}

/** Runs a program to its end: `{ ok, text }`, text being all that it printed. */
export function runProgram(program, programArgs, options = {}) {
  const [command, ...args] = mortal([program, ...programArgs])
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    ...options,
  })
  return { ok: status === 0, text: `${stdout ?? ''}${stderr ?? ''}${error ? error.message : ''}` }
}

/**
 * Calls `work` with a fresh folder beside the final place, on the same file system, so that what is whole can be renamed
 * into place; the folder is gone afterwards, so that an interrupted setup leaves at most a folder that nobody reads.
 */
export function inDraftFolder(work) {
  mkdirSync(toolsFolder, { recursive: true })
  const folder = mkdtempSync(join(toolsFolder, draftPrefix))
  try {
    return work(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The last line that a failed program printed, for a message of one line. */
export const lastLine = (text) => text.trim().split('\n').pop() ?? ''
