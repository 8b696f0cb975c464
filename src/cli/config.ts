import { checkDataFolder } from '../config/check-data-folder.ts'
import { exampleFile, settingsTable } from '../config/settings-docs.ts'
import { loadSettings } from '../config/load-settings.ts'
import { describeProblem, SettingsError, type SettingsProblem } from '../config/settings-error.ts'
import { hostnameWarning, settingsWarnings } from '../config/settings-warnings.ts'
import { systemClock } from '../time/clock.ts'
import { complaining, readArgs } from './complaint.ts'
import { exitStatus } from './exit-status.ts'
import { readForm, wrongUsage } from './forms.ts'
import type { Io } from './io.ts'
import { printJson } from './print.ts'

export const usage = `usage: sluice config check [--json]
       sluice config table
       sluice config example`
const options = { json: { type: 'boolean' } } as const

/** `sluice config`: validates the settings, lists all there are, or prints an example file. */
export const run = complaining((args: string[], io: Io): Promise<number> => {
  const { values, positionals } = readArgs(args, options, usage)
  const { word } = readForm('config', { check: [], table: [], example: [] }, positionals, usage)
  if (values.json === true && word !== 'check') throw wrongUsage('--json goes with check', usage)
  if (word === 'check') return check(values.json ?? false, io)
  io.out.write(word === 'table' ? settingsTable() : exampleFile())
  return Promise.resolve(exitStatus.ok)
})

async function check(json: boolean, io: Io): Promise<number> {
  const { problems, warnings } = await findProblems()
  const ok = problems.length === 0
  if (json) {
    printJson(io.out, {
      ok,
      problems: problems.map(forPrograms),
      warnings: warnings.map(forPrograms),
    })
  } else {
    for (const each of problems) io.err.write(`${describeProblem(each)}\n`)
    for (const each of warnings) io.err.write(`warning: ${describeProblem(each)}\n`)
    if (ok) io.out.write('ok\n')
  }
  return ok ? exitStatus.ok : exitStatus.config
}

const forPrograms = ({ mend, ...problem }: SettingsProblem) => ({ ...problem, fix: mend })

/** `problems`: a start would be refused for them; `warnings`: it would not. */
async function findProblems() {
  try {
    const settings = loadSettings()
    checkDataFolder(settings.dataDir)
    const hostname = await hostnameWarning(settings)
    const warnings = settingsWarnings(settings, systemClock.now())
    return { problems: [], warnings: [...warnings, ...(hostname === null ? [] : [hostname])] }
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error
    return { problems: error.problems, warnings: [] }
  }
}
