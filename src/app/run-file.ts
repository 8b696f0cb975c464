import { renameSync, rmSync, writeFileSync } from 'node:fs'

/** Replaces the file as a whole, so that nobody reads half of it; readable by its owner only. */
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

/** A file that can't be removed does no harm: it names processes that are gone. */
export function removeRunFile(file: string): void {
  try {
    rmSync(file, { force: true })
  } catch {
    // If the folder can't be used, writing the file reports it.
  }
}
