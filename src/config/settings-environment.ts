import { readFileSync } from 'node:fs'
import { resolve, join } from 'node:path'
import type { Millis } from '../time/clock.ts'
import { clientVariables } from './client-environment.ts'
import { nearestName } from './nearest-name.ts'
import type { SettingsProblem } from './settings-error.ts'
import { settingKeys, settingNames, variableOf, type SettingKey } from './setting-keys.ts'
import { projectRoot } from './paths.ts'

/** What the environment says: a value by key, in TOML's types, with the variable that says it. */
export interface EnvironmentSettings {
  values: ReadonlyMap<SettingKey, { variable: string; written: unknown }>
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
const keyByVariable = new Map(settingNames.map((key) => [variableOf(key), key]))

/**
 * Reads the SLUICE_ variables. One whose name ends in _FILE names a file that holds the value, so that a secret needs to
 * be neither in the environment nor in the settings file (systemd's LoadCredential, Docker's secrets). `folder`: what the
 * names of such files are relative to.
 */
export function readSettingsEnvironment(
  env: NodeJS.ProcessEnv,
  folder: string,
): EnvironmentSettings {
  const values = new Map<SettingKey, { variable: string; written: unknown }>()
  const problems: SettingsProblem[] = []
  for (const [variable, value] of Object.entries(env)) {
    if (!variable.startsWith(prefix) || notSettings.has(variable) || value === undefined) continue
    const byFile = !keyByVariable.has(variable) && variable.endsWith(fileSuffix)
    const key = keyByVariable.get(byFile ? variable.slice(0, -fileSuffix.length) : variable)
    if (key === undefined) problems.push(unknownVariable(variable))
    else if (values.has(key)) problems.push(saidTwice(key))
    else {
      const text = byFile ? readValueFile(resolve(folder, value)) : value
      if (text === null) problems.push(unreadable(variable, value))
      else values.set(key, { variable, written: settingKeys[key].fromText(text) })
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

function unknownVariable(variable: string): SettingsProblem {
  const nearest = nearestName(variable, [...keyByVariable.keys(), ...notSettings])
  const mend = nearest === null ? 'unset it' : `write ${nearest}, or unset it`
  return { source: 'environment', key: variable, problem: 'unknown setting', mend }
}

const saidTwice = (key: SettingKey): SettingsProblem => ({
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
    const variable = variableOf(key as SettingKey)
    child[variable] = value
    child[`${variable}_FILE`] = undefined
  }
  return child
}
