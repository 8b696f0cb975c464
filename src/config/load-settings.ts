import { checkSettings } from './check-settings.ts'
import { projectRoot } from './paths.ts'
import { readSettingsEnvironment } from './settings-environment.ts'
import { SettingsError, type SettingsProblem } from './settings-error.ts'
import { readSettingsFile, type WrittenSettings } from './settings-file.ts'
import { settingKeys, settingNames, type ReadValues, type SettingKey } from './setting-keys.ts'
import type { Settings } from './settings.ts'
import { toSettings } from './to-settings.ts'

/**
 * The settings: defaults, over them the file (`config/sluice.toml`, or the one that SLUICE_CONFIG names), over it the
 * environment. Relative paths count from the file's folder where the file says them, from the current directory where
 * the environment does, and from the project where nobody does. Throws SettingsError naming everything that is wrong.
 */
export function loadSettings(env: NodeJS.ProcessEnv = process.env): Settings {
  const file = readSettingsFile(env['SLUICE_CONFIG'])
  const environment = readSettingsEnvironment(env)
  const problems = [...(file?.problems ?? []), ...environment.problems]
  const sources = new Map<SettingKey, string>()
  const values: Partial<Record<SettingKey, unknown>> = {}

  for (const key of settingNames) {
    const { source, folder, written } = writtenValue(key, file, environment.values)
    if (source !== undefined) sources.set(key, source)
    const reading = settingKeys[key].read(written, folder)
    if (reading.ok) values[key] = reading.value
    else problems.push(problemAt(source, key, reading))
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

/** What is said about a key, by whom, and from where a relative path in it counts. */
function writtenValue(
  key: SettingKey,
  file: WrittenSettings | null,
  environment: ReturnType<typeof readSettingsEnvironment>['values'],
): { source?: string; folder: string; written: unknown } {
  const said = environment.get(key)
  if (said) return { source: said.variable, folder: process.cwd(), written: said.written }
  if (file?.values.has(key)) {
    return { source: file.source, folder: file.folder, written: file.values.get(key) }
  }
  return { folder: projectRoot, written: settingKeys[key].initial }
}

const problemAt = (
  source: string | undefined,
  key: SettingKey,
  { problem, mend }: { problem: string; mend: string },
): SettingsProblem => ({ ...(source === undefined ? {} : { source }), key, problem, mend })
