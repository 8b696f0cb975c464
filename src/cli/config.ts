import { checkDataFolder } from '../config/check-data-folder.ts'
import { exampleFile, settingsTable } from '../config/settings-docs.ts'
import { loadSettings } from '../config/load-settings.ts'
import { SettingsError } from '../config/settings-error.ts'
import { complaining, readArgs } from './complaint.ts'
import { exitStatus } from './exit-status.ts'
import { readForm, wrongUsage } from './forms.ts'
import type { Io } from './io.ts'

export const usage = `usage: sluice config check [--json]
       sluice config table
       sluice config example`
const options = { json: { type: 'boolean' } } as const

/** `sluice config`: validates the settings, lists all there are, or prints an example file. */
export const run = complaining((args: string[], io: Io): Promise<number> => {
  const { values, positionals } = readArgs(args, options, usage)
  const { word } = readForm('config', { check: [], table: [], example: [] }, positionals, usage)
  if (values.json === true && word !== 'check') throw wrongUsage('--json goes with check', usage)
  if (word === 'check') return Promise.resolve(check(values.json ?? false, io))
  io.out.write(word === 'table' ? settingsTable() : exampleFile())
  return Promise.resolve(exitStatus.ok)
})

function check(json: boolean, io: Io): number {
  try {
    checkDataFolder(loadSettings().dataDir)
    io.out.write(json ? '{"ok":true,"problems":[]}\n' : 'ok\n')
    return exitStatus.ok
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error
    const { problems, message } = error
    const forPrograms = problems.map(({ mend, ...problem }) => ({ ...problem, fix: mend }))
    if (json) io.out.write(`${JSON.stringify({ ok: false, problems: forPrograms })}\n`)
    else io.err.write(`${message}\n`)
    return exitStatus.config
  }
}
