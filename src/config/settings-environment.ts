import { readFileSync } from 'node:fs'
import { resolve, join } from 'node:path'
import type { Millis } from '../time/clock.ts'
import { clientVariables } from './client-environment.ts'
import { nearestName } from './nearest-name.ts'
import type { SettingsProblem } from './settings-error.ts'
import { projectRoot } from './paths.ts'
import type { Setting } from './setting-kinds.ts'
import type { SettingKey } from './settings.ts'

/** What the environment says: a value by key, in TOML's types, with the variable that says it. */
export interface EnvironmentSettings {
  values: ReadonlyMap<string, { variable: string; written: unknown }>
  problems: readonly SettingsProblem[]
}

const prefix = 'SLUICE_'
const fileSuffix = '_FILE'
/** How long the launcher took to set things up before this start, in milliseconds. */
const setupVariable = 'SLUICE_SETUP_MS'
/** Variables of ours that are not settings. */
const notSettings: ReadonlySet<string> = new Set([
  'SLUICE_CONFIG',
  setupVariable,
  ...clientVariables,
])

/** `delivery.route` is overridden by SLUICE_DELIVERY_ROUTE. */
export const variableOf = (key: string): string => `${prefix}${key.replace('.', '_').toUpperCase()}`

/**
 * Reads the SLUICE_ variables. One whose name ends in _FILE names a file that holds the value, so that a secret needs to
 * be neither in the environment nor in the settings file (systemd's LoadCredential, Docker's secrets). `folder`: what the
 * names of such files are relative to.
 */
export function readSettingsEnvironment(
  env: NodeJS.ProcessEnv,
  folder: string,
  settings: readonly Setting<string, unknown>[],
): EnvironmentSettings {
  const byVariable = new Map(settings.map((setting) => [variableOf(setting.key), setting]))
  const values = new Map<string, { variable: string; written: unknown }>()
  const problems: SettingsProblem[] = []
  for (const [variable, value] of Object.entries(env)) {
    if (!variable.startsWith(prefix) || notSettings.has(variable) || value === undefined) continue
    const byFile = !byVariable.has(variable) && variable.endsWith(fileSuffix)
    const setting = byVariable.get(byFile ? variable.slice(0, -fileSuffix.length) : variable)
    if (!setting) problems.push(unknownVariable(variable, [...byVariable.keys()]))
    else if (values.has(setting.key)) problems.push(saidTwice(setting.key))
    else {
      const text = byFile ? readValueFile(resolve(folder, value)) : value
      if (text === null) problems.push(unreadable(variable, value))
      else values.set(setting.key, { variable, written: setting.fromText(text) })
    }
  }
  return { values, problems }
}

function readValueFile(file: string): string | null {
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '')
  } catch {
    return null
  }
}

function unknownVariable(variable: string, known: readonly string[]): SettingsProblem {
  const nearest = nearestName(variable, [...known, ...notSettings])
  const mend = nearest === null ? 'unset it' : `write ${nearest}, or unset it`
  return { source: 'environment', key: variable, problem: 'unknown setting', mend }
}

const saidTwice = (key: string): SettingsProblem => ({
  source: 'environment',
  key,
  problem: `${variableOf(key)} and ${variableOf(key)}${fileSuffix} are both set`,
  mend: 'unset one of them',
})

const unreadable = (variable: string, file: string): SettingsProblem => ({
  source: 'environment',
  key: variable,
  problem: `the file ${file} can't be read`,
  mend: 'name a file that exists and that this user may read',
})

/** The time that a start took before this process began, such as for downloads; 0 where no launcher said so. */
export const readSetupMs = (env: NodeJS.ProcessEnv = process.env): Millis =>
  Number(env[setupVariable]) || 0

/**
 * What a child process inherits: our environment with some settings fixed (the ports that were chosen must stay), in
 * whichever way they were said before, and a folder for compiled code, which halves the time that a start takes.
 */
export function childEnvironment(
  fixed: Partial<Record<SettingKey, string>>,
  env: NodeJS.ProcessEnv = process.env,
): NodeJS.ProcessEnv {
  const child: NodeJS.ProcessEnv = {
    NODE_COMPILE_CACHE: join(projectRoot, '.tools', 'compile-cache'),
    ...env,
  }
  for (const [key, value] of Object.entries(fixed)) {
    const variable = variableOf(key)
    child[variable] = value
    child[`${variable}_FILE`] = undefined
  }
  return child
}
