import { readFileSync } from 'node:fs'

/** Where another relay's API is and the key for it, for the verbs that speak HTTP; no settings of this relay. */
export const clientVariables = ['SLUICE_API_URL', 'SLUICE_API_KEY', 'SLUICE_API_KEY_FILE'] as const

export interface ClientEnvironment {
  url: string | undefined
  key: string | undefined
}

/** Reads them; throws what the system says when the file of the key can't be read. Empty counts as not set. */
export function readClientEnvironment(env: NodeJS.ProcessEnv = process.env): ClientEnvironment {
  const [url, key, keyFile] = clientVariables.map((variable) => env[variable] || undefined)
  return {
    url,
    key: key ?? (keyFile === undefined ? undefined : readFileSync(keyFile, 'utf8').trim()),
  }
}
