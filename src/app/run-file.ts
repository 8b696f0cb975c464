import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { syncFile } from '../store/file/sync-file.ts'

/** Replaces the file by this JSON, readable by its owner only. See `replaceFile`. */
export const writePrivately = (file: string, content: unknown): void =>
  replaceFile(file, `${JSON.stringify(content, null, 2)}\n`)

/**
 * Replaces the file as a whole, so that nobody reads half of it. Its content is synced before it gets its name, and the
 * folder after that: without the first a power cut leaves an empty file, without the second the old one.
 */
export function replaceFile(file: string, content: string, mode = 0o600): void {
  const draft = `${file}.${process.pid}`
  try {
    writeFileSync(draft, content, { mode, flush: true })
    renameSync(draft, file)
    syncFile(dirname(file))
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
