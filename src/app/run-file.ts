import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'

/** `<data_dir>/run.json`: what runs now, for people's scripts and our own verbs. Snake case, as all JSON that leaves. */
export interface RunFile {
  pid: number
  version: string
  started_at: string
  route: string
  submission: { address: string; port: number; tls: 'starttls' | 'implicit' }[]
  api: { url: string }[]
  processes: Record<string, number>
}

/** Replaces the file as a whole, so that nobody reads half of it; for its owner only. */
export function writePrivately(file: string, content: unknown): void {
  const draft = `${file}.${process.pid}`
  try {
    writeFileSync(draft, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 })
    renameSync(draft, file)
  } catch (error) {
    rmSync(draft, { force: true })
    throw error
  }
}

/** null: there is none, or it is not whole. */
export function readRunFile(file: string): RunFile | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as RunFile
  } catch {
    return null
  }
}

/** One that can't be removed names processes that are gone, which harms nobody. */
export function removeRunFile(file: string): void {
  try {
    rmSync(file, { force: true })
  } catch {
    // What stands in the way there is said when the file is written.
  }
}
