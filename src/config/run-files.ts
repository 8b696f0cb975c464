import { readFileSync } from 'node:fs'

/** `<data_dir>/run.json`: what runs now, for people's scripts and our own verbs. Snake case, as all JSON that leaves. */
export interface RunFile {
  pid: number
  version: string
  started_at: string
  route: string
  submission: { address: string; port: number; tls: 'starttls' | 'implicit' }[]
  api: { url: string }[]
  metrics: { url: string }[]
  processes: Record<string, number>
}

/** `<data_dir>/first-run.json`: login and API key that a first start makes for the owner. */
export interface FirstRun {
  submission: { account: string; password: string }
  api: { url: string; key: string }
}

/** null: the file is missing, not valid JSON, or not readable by this user. Fields can be missing where somebody edited it. */
export const readRunFile = (file: string): Partial<RunFile> | null =>
  readJson(file) as Partial<RunFile> | null

/** Same as readRunFile. */
export const readFirstRun = (file: string): Partial<FirstRun> | null =>
  readJson(file) as Partial<FirstRun> | null

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return null
  }
}
