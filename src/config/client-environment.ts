import { readFileSync } from 'node:fs'

/** Variables for the verbs that use the API: address and key of a relay, maybe another one. They are not settings. */
export const clientVariables = ['SLUICE_API_URL', 'SLUICE_API_KEY', 'SLUICE_API_KEY_FILE'] as const

export interface ClientEnvironment {
  url: string | undefined
  key: string | undefined
}

/** Reads these variables; throws the system's error when the file of the key can't be read. An empty one counts as not set. */
export function readClientEnvironment(env: NodeJS.ProcessEnv = process.env): ClientEnvironment {
  const [url, key, keyFile] = clientVariables.map((variable) => env[variable] || undefined)
  return {
    url,
    key: key ?? (keyFile === undefined ? undefined : readFileSync(keyFile, 'utf8').trim()),
  }
}

/** The variables that say which settings are meant: two processes with the same ones mean the same relay. */
export const whichSettings = (
  { SLUICE_CONFIG: config = '', SLUICE_DATA_DIR: dataDir = '' }: NodeJS.ProcessEnv = process.env,
): { config: string; dataDir: string } => ({ config, dataDir })
