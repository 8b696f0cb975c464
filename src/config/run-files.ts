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

/** `<data_dir>/first-run.json`: all that a first start hands to its owner. */
export interface FirstRun {
  submission: { account: string; password: string }
  api: { url: string; key: string }
}

/** null: there is none, it is not whole, or it is not for this user. Somebody's editor may have left parts of it. */
export const readRunFile = (file: string): Partial<RunFile> | null =>
  readJson(file) as Partial<RunFile> | null

/** As with the other one. */
export const readFirstRun = (file: string): Partial<FirstRun> | null =>
  readJson(file) as Partial<FirstRun> | null

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return null
  }
}
