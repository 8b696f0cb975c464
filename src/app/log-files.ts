import { copyFile, stat, truncate } from 'node:fs/promises'
import { mkdirSync, openSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { minute } from '../time/clock.ts'

const largestBytes = 32 * 1024 * 1024
const lookEveryMs = 10 * minute

/** The log of each process, `<name>.log` in one folder, with one older file beside it (`<name>.log.1`). */
export class LogFiles {
  readonly #folder: string
  readonly #open = new Map<string, number>()
  readonly #timer: NodeJS.Timeout

  constructor(folder: string) {
    this.#folder = folder
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    this.#timer = setInterval(() => void this.#cutAll(), lookEveryMs).unref()
  }

  /** A file descriptor to append to, the same at each call. */
  descriptor(name: string): number {
    const already = this.#open.get(name)
    if (already !== undefined) return already
    const file = this.path(name)
    if (sizeOf(file) > largestBytes) renameSync(file, `${file}.1`)
    const opened = openSync(file, 'a', 0o600)
    this.#open.set(name, opened)
    return opened
  }

  path(name: string): string {
    return join(this.#folder, `${name}.log`)
  }

  close(): void {
    clearInterval(this.#timer)
  }

  async #cutAll(): Promise<void> {
    await Promise.all([...this.#open.keys()].map((name) => cut(this.path(name))))
  }
}

/**
 * A process keeps writing to the file that it was given, so the file is copied and emptied, not renamed; a few lines
 * written in between are lost. A full disk must not stop the relay: what can't be copied stays as it is.
 */
async function cut(file: string): Promise<void> {
  try {
    if ((await stat(file)).size <= largestBytes) return
    await copyFile(file, `${file}.1`)
    await truncate(file)
  } catch {
    // Tried again at the next look.
  }
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0
}
