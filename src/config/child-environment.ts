import { join } from 'node:path'
import { projectRoot } from './paths.ts'
import { variableOf, type SettingKey } from './setting-keys.ts'

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
