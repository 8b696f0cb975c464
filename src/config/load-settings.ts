import { dirname } from 'node:path'
import { checkSettings } from './check-settings.ts'
import { defaultSettingsFile, projectRoot } from './paths.ts'
import { readSettingsEnvironment } from './settings-environment.ts'
import { SettingsError, type SettingsProblem } from './settings-error.ts'
import { readSettingsFile, type WrittenSettings } from './settings-file.ts'
import { settingKeys, settingNames, type ReadValues, type SettingKey } from './setting-keys.ts'
import type { Settings } from './settings.ts'
import { toSettings } from './to-settings.ts'

/**
 * The settings: defaults, over them the file (`config/sluice.toml`, or the one that SLUICE_CONFIG names), over it the
 * environment. Relative paths, in variables too, are resolved relative to the file's folder, those of defaults relative to the project.
 * Throws SettingsError naming everything that is wrong.
 */
export function loadSettings(env: NodeJS.ProcessEnv = process.env): Settings {
  const file = readSettingsFile(env['SLUICE_CONFIG'])
  const folder = file?.folder ?? dirname(defaultSettingsFile)
  const environment = readSettingsEnvironment(env, folder)
  const problems = [...(file?.problems ?? []), ...environment.problems]
  const sources = new Map<SettingKey, string>()
  const values: Partial<Record<SettingKey, unknown>> = {}

  for (const key of settingNames) {
    const said = writtenValue(key, file, environment.values)
    if (said) sources.set(key, said.source)
    const kind = settingKeys[key]
    const reading = said ? kind.read(said.written, folder) : kind.read(kind.initial, projectRoot)
    if (reading.ok) values[key] = reading.value
    else problems.push(problemAt(said?.source, key, reading))
  }
  if (problems.length > 0) throw new SettingsError(problems)

  const read = values as ReadValues
  const complaints = checkSettings(read)
  if (complaints.length > 0) {
    throw new SettingsError(
      complaints.map((each) => problemAt(sources.get(each.key), each.key, each)),
    )
  }
  return toSettings(read)
}

/** The written value of a key and where it is written; null: only the default counts. */
function writtenValue(
  key: SettingKey,
  file: WrittenSettings | null,
  environment: ReturnType<typeof readSettingsEnvironment>['values'],
): { source: string; written: unknown } | null {
  const said = environment.get(key)
  if (said) return { source: said.variable, written: said.written }
  return file?.values.has(key) ? { source: file.source, written: file.values.get(key) } : null
}

const problemAt = (
  source: string | undefined,
  key: SettingKey,
  { problem, mend }: { problem: string; mend: string },
): SettingsProblem => ({ ...(source === undefined ? {} : { source }), key, problem, mend })
