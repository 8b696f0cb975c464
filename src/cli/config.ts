import { checkDataFolder } from '../config/check-data-folder.ts'
import { exampleFile, settingsTable } from '../config/settings-docs.ts'
import { loadSettings } from '../config/load-settings.ts'
import { SettingsError } from '../config/settings-error.ts'
import { exitStatus } from './exit-status.ts'
import type { Io } from './io.ts'

export const usage = 'usage: sluice config check [--json] | table | example'

/** `sluice config check [--json] | table | example`: whether the settings hold, and what there is to set. */
export function run(args: string[], io: Io): Promise<number> {
  return Promise.resolve(runConfig(args, io))
}

function runConfig([what, ...options]: string[], io: Io): number {
  if (what === 'check' && options.every((option) => option === '--json')) {
    return check(options.length > 0, io)
  }
  if (options.length === 0 && (what === 'table' || what === 'example')) {
    io.out.write(what === 'table' ? settingsTable() : exampleFile())
    return exitStatus.ok
  }
  io.err.write(`${usage}\n`)
  return exitStatus.usage
}

function check(json: boolean, io: Io): number {
  try {
    checkDataFolder(loadSettings().dataDir)
    io.out.write(json ? '{"ok":true,"problems":[]}\n' : 'ok\n')
    return exitStatus.ok
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error
    const { problems, message } = error
    if (json) io.out.write(`${JSON.stringify({ ok: false, problems })}\n`)
    else io.err.write(`${message}\n`)
    return exitStatus.config
  }
}
