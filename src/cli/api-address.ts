import { readFileSync } from 'node:fs'
import { readClientEnvironment } from '../config/client-environment.ts'
import { loadSettings } from '../config/load-settings.ts'
import { dataPaths } from '../config/paths.ts'
import { readFirstRun, readRunFile } from '../config/run-files.ts'
import type { Settings } from '../config/settings.ts'
import { Complaint } from './complaint.ts'
import { exitStatus } from './exit-status.ts'

export interface ApiAddress {
  url: URL
  key: string
  /** The certificate of the relay on this machine, the only one that is trusted; null: the authorities of the system are. `any`: all are. */
  certificate: { readonly pem: string } | 'any' | null
}

export const addressOptions = {
  url: { type: 'string' },
  key: { type: 'string' },
} as const

const addressUsage = `  --url URL       the API (or SLUICE_API_URL); default: the relay on this machine
  --key KEY       its key (or SLUICE_API_KEY, SLUICE_API_KEY_FILE); default: the key of the first start`

/** The options of every verb that asks the API. */
export const queryUsage = `  --json          one JSON object a line
${addressUsage}`

/**
 * Where the API is and with which key: as the flags say, else the environment, else the relay that runs on this data
 * folder and the key of its first start. That key is never sent to an address from a flag or the environment.
 */
export function findApi(flags: { url?: string | undefined; key?: string | undefined }): ApiAddress {
  const environment = readEnvironment()
  const url = flags.url ?? environment.url
  const key = flags.key ?? environment.key
  if (url !== undefined) return { url: readUrl(url), key: key ?? missingKey(), certificate: null }
  const settings = loadSettings()
  const { runFile, firstRunFile } = dataPaths(settings.dataDir)
  const running = readRunFile(runFile)?.api?.[0]
  if (!running) {
    throw new Complaint(
      exitStatus.unavailable,
      `no relay runs on ${settings.dataDir}. Start it (npm start), or name one with --url and --key.`,
    )
  }
  return {
    url: readUrl(running.url),
    key: key ?? readFirstRun(firstRunFile)?.api?.key ?? missingKey(),
    certificate: settings.api.tls ? { pem: readCertificate(settings) } : null,
  }
}

function readEnvironment(): ReturnType<typeof readClientEnvironment> {
  try {
    return readClientEnvironment()
  } catch (error) {
    throw new Complaint(exitStatus.denied, `the API key can't be read: ${String(error)}`)
  }
}

function missingKey(): never {
  throw new Complaint(
    exitStatus.denied,
    'an API key is needed: give it with --key, SLUICE_API_KEY or SLUICE_API_KEY_FILE.',
  )
}

function readUrl(text: string): URL {
  const url = URL.parse(text)
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url
  throw new Complaint(
    exitStatus.usage,
    `invalid API address "${text}": use for example http://127.0.0.1:8080`,
  )
}

/** The certificate that this relay's own API shows. */
export function readCertificate({ tls, dataDir }: Settings): string {
  const file = tls?.cert ?? dataPaths(dataDir).selfSignedCert
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new Complaint(
      exitStatus.config,
      `the relay's certificate ${file} can't be read (${code ?? String(error)}): be the user that the relay runs as`,
    )
  }
}
