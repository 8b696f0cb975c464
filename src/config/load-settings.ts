import { dirname } from 'node:path'
import { checkSettings } from './check-settings.ts'
import { nameInKey } from './named-sections.ts'
import { defaultSettingsFile, projectRoot } from './paths.ts'
import type { SettingProblem } from './setting-kinds.ts'
import {
  settingsIn,
  toTree,
  type ReadValues,
  type SettingTree,
  type ValueOf,
} from './setting-tree.ts'
import { readSettingsEnvironment, type EnvironmentSettings } from './settings-environment.ts'
import { SettingsError, type SettingsProblem } from './settings-error.ts'
import { readSettingsFile, type WrittenSettings } from './settings-file.ts'
import { declaredSettings, type Settings } from './settings.ts'

/**
 * The settings: defaults, over them the file (`config/sluice.toml`, or the one that SLUICE_CONFIG names), over it the
 * environment. Relative paths, in variables too, are resolved relative to the file's folder, those of defaults relative to the project.
 * Throws SettingsError naming everything that is wrong.
 */
export const loadSettings = (env: NodeJS.ProcessEnv = process.env): Settings =>
  loadDeclared(declaredSettings, checkSettings, env)

/** The same for any declaration. `check` compares values with each other. */
export function loadDeclared<T extends SettingTree>(
  tree: T,
  check: (values: ReadValues<T>) => (SettingProblem & { key: string })[],
  env: NodeJS.ProcessEnv,
): ValueOf<T> {
  const settings = settingsIn(tree)
  const keys = settings.map(({ key }) => key)
  const file = readSettingsFile(env['SLUICE_CONFIG'], keys)
  const folder = file?.folder ?? dirname(defaultSettingsFile)
  const environment = readSettingsEnvironment(env, folder, settings)
  const problems = [...(file?.problems ?? []), ...environment.problems]
  const sources = new Map<string, string>()
  const values: Record<string, unknown> = {}

  for (const { key, initial, read } of settings) {
    const said = writtenValue(key, file, environment.values)
    if (said) sources.set(key, said.source)
    const reading = said ? read(said.written, folder) : read(initial, projectRoot)
    if (reading.ok) values[key] = reading.value
    else problems.push(...reading.problems.map((each) => problemAt(said?.source, key, each)))
  }
  if (problems.length > 0) throw new SettingsError(problems)

  const all = values as ReadValues<T>
  const complaints = check(all)
  if (complaints.length > 0) {
    throw new SettingsError(
      complaints.map((each) => problemAt(sources.get(each.key), each.key, each)),
    )
  }
  return toTree(tree, all)
}

/** The written value of a key and where it is written; null: only the default counts. */
function writtenValue(
  key: string,
  file: WrittenSettings | null,
  environment: EnvironmentSettings['values'],
): { source: string; written: unknown } | null {
  const said = environment.get(key)
  if (said) return { source: said.variable, written: said.written }
  return file?.values.has(key) ? { source: file.source, written: file.values.get(key) } : null
}

const problemAt = (
  source: string | undefined,
  key: string,
  { problem, mend, within = [] }: SettingProblem,
): SettingsProblem => ({
  ...(source === undefined ? {} : { source }),
  key: [key, ...within.map(nameInKey)].join('.'),
  problem,
  mend,
})
