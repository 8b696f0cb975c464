import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { whichSettings } from '../config/client-environment.ts'
import { loadSettings } from '../config/load-settings.ts'
import { dataPaths, projectRoot } from '../config/paths.ts'
import type { RunFile } from '../config/run-files.ts'
import type { Settings } from '../config/settings.ts'
import { SettingsError } from '../config/settings-error.ts'
import { Complaint } from './complaint.ts'
import { exitStatus } from './exit-status.ts'
import type { Io } from './io.ts'
import { printable } from './print.ts'
import { findRunningRelay } from './running-relay.ts'

/** The relay that a verb is about. */
export interface OwnRelay {
  dataDir: string
  /** null: none runs on the folder. */
  relay: RunFile | null
  /** null: they are invalid now; the relay runs with those of its start. */
  settings: Settings | null
}

/**
 * The relay that the settings name. Where they are invalid, or name a folder on which no relay runs, it is the one that was started
 * with the same settings file and still runs, so that it can be looked at and stopped while the file is being changed; stderr says so.
 * @throws SettingsError where they are invalid and no such relay runs
 */
export function findOwnRelay(io: Io): OwnRelay {
  const { settings, fault } = readSettings()
  const relay = settings && findRunningRelay(settings.dataDir)
  if (settings && relay) return { dataDir: settings.dataDir, relay, settings }
  const dataDir = folderInUse()
  const running = dataDir === null ? null : findRunningRelay(dataDir)
  if (dataDir !== null && running !== null) {
    const why = fault
      ? 'the settings are invalid (sluice config check says how)'
      : `no relay runs on ${settings?.dataDir ?? ''}, the data_dir of the settings`
    const note = `sluice: ${why}; this is about the relay that runs on ${dataDir}.`
    io.err.write(`${printable(note)}\n`)
    return { dataDir, relay: running, settings }
  }
  if (settings) return { dataDir: settings.dataDir, relay: null, settings }
  throw fault ?? new Error('there are neither settings nor a fault')
}

function readSettings(): { settings: Settings | null; fault: SettingsError | null } {
  try {
    return { settings: loadSettings(), fault: null }
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error
    return { settings: null, fault: error }
  }
}

/** The data folder of the relay that was started from this folder with the same settings file; null: there is none. */
function folderInUse(): string | null {
  const folders = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => folderOf(`/proc/${pid}`) ?? [])
  if (folders.length < 2) return folders[0] ?? null
  throw new Complaint(
    exitStatus.usage,
    `several relays run with this settings file, on ${folders.join(' and ')}: name one with SLUICE_DATA_DIR`,
  )
}

/** What a process is, what it was started with, and which lock it holds (man 5 proc). null: another program, or another user's. */
function folderOf(proc: string): string | null {
  try {
    // Anybody can make a process that looks like a relay
    if (statSync(proc).uid !== process.getuid?.()) return null
    const words = readFileSync(join(proc, 'cmdline'), 'utf8').split('\0')
    const program = words.findIndex((word) => basename(word) === 'main.ts')
    if (program < 0 || words[program + 1] !== 'start') return null
    const cwd = readlinkSync(join(proc, 'cwd'))
    const ours = join(projectRoot, 'src', 'bin', 'main.ts')
    if (resolve(cwd, words[program] ?? '') !== ours || !hasOurSettings(proc, cwd)) return null
    const open = join(proc, 'fd')
    const files = readdirSync(open).map((fd) => readlinkSync(join(open, fd)))
    const lock = files.find((file) => dataPaths(dirname(file)).relayLock === file)
    return lock === undefined ? null : dirname(lock)
  } catch {
    return null
  }
}

function hasOurSettings(proc: string, cwd: string): boolean {
  const environment = readFileSync(join(proc, 'environ'), 'utf8')
    .split('\0')
    .map((entry): [string, string] => {
      const at = entry.indexOf('=')
      return [entry.slice(0, at), entry.slice(at + 1)]
    })
  const its = whichSettings(Object.fromEntries(environment))
  const own = whichSettings()
  const file = (folder: string, path: string): string => (path === '' ? '' : resolve(folder, path))
  return its.dataDir === own.dataDir && file(cwd, its.config) === file(process.cwd(), own.config)
}
