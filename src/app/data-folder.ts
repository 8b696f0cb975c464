import { readFileSync, existsSync, mkdirSync, statSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { dirname } from 'node:path'
import { checkDataFolder } from '../config/check-data-folder.ts'
import { asFolderFault, unusable } from '../config/folder-fault.ts'
import { dataPaths, type DataPaths } from '../config/paths.ts'
import { readRunFile } from '../config/run-files.ts'
import { SettingsError } from '../config/settings-error.ts'
import { askRedis } from '../redis/ask-redis.ts'
import { holdLock, type FolderLock } from '../store/file/folder-lock.ts'
import { monotonicMs, second } from '../time/clock.ts'
import { removeRunFile } from './run-file.ts'

/**
 * Creates the data folder where it is missing, checks that we can use everything in it, and locks it. `busy`: another relay has it, with
 * its process id where known. Throws SettingsError when the folder can't be used.
 */
export function takeDataFolder(
  dataDir: string,
): { lock: FolderLock } | { busy: true; pid: number | null } {
  const paths = dataPaths(dataDir)
  checkDataFolder(dataDir)
  try {
    makeFolder(dataDir)
    const lock = holdLock(paths.relayLock)
    return lock ? { lock } : { busy: true, pid: readRunFile(paths.runFile)?.pid ?? null }
  } catch (error) {
    const fault = asFolderFault(error, dataDir)
    if (fault instanceof SettingsError) throw fault
    const { code = '', message } = error as NodeJS.ErrnoException
    throw unusable(dataDir, code === 'ERR_SQLITE_ERROR' ? message : code)
  }
}

const leftoversMs = 5 * second

/** After a supervisor was killed its children end by themselves, within two seconds; their ports are free only then. */
export async function awaitLeftovers(paths: DataPaths): Promise<void> {
  const pids = Object.values(readRunFile(paths.runFile)?.processes ?? {})
  const deadline = monotonicMs() + leftoversMs
  while (pids.some(isOurs) && monotonicMs() < deadline) await sleep(20)
  await askRedis(paths.redisSocket, 'SHUTDOWN NOSAVE')
  removeRunFile(paths.runFile)
}

/** Recognised by its name: after a reboot another process may have the number. */
function isOurs(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith('sluice-')
  } catch {
    return false
  }
}

/**
 * Makes a folder, for its owner only, and those above it that are missing. Node's own `recursive` tries without end where
 * a folder can't be made although its parent exists (in /proc).
 */
function makeFolder(folder: string): void {
  if (isFolder(folder)) return
  if (!existsSync(dirname(folder))) makeFolder(dirname(folder))
  try {
    mkdirSync(folder, { mode: 0o700 })
  } catch (error) {
    // Another process may have made it in between.
    if (!isFolder(folder)) throw error
  }
}

const isFolder = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
