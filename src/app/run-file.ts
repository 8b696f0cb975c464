import { renameSync, rmSync, writeFileSync } from 'node:fs'

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

/** One that can't be removed names processes that are gone, which harms nobody. */
export function removeRunFile(file: string): void {
  try {
    rmSync(file, { force: true })
  } catch {
    // What stands in the way there is said when the file is written.
  }
}
