import { second } from '../time/clock.ts'
import type { RunFile } from '../config/run-files.ts'
import { removeRunFile, writePrivately } from './run-file.ts'
import type { Say } from './voice.ts'

const againMs = 5 * second

export interface StatusFileOptions {
  file: string
  describe: () => RunFile
  say: Say
  /** How long after a failure it is tried again. */
  retryMs?: number
}

/**
 * run.json, brought up to date at each change. That it can't be written (the disk is full) is no reason to end a relay:
 * it is said once, and tried again until it works.
 */
export class StatusFile {
  readonly #options: StatusFileOptions
  #again: NodeJS.Timeout | undefined

  constructor(options: StatusFileOptions) {
    this.#options = options
  }

  update(): void {
    const { file, describe, say, retryMs = againMs } = this.#options
    const failedBefore = this.#again !== undefined
    clearTimeout(this.#again)
    this.#again = undefined
    try {
      writePrivately(file, describe())
      if (failedBefore) say(`${file} is up to date again`)
    } catch (error) {
      if (!failedBefore) say(cantBeWritten(file, error), 'warn')
      this.#again = setTimeout(() => this.update(), retryMs)
    }
  }

  remove(): void {
    clearTimeout(this.#again)
    removeRunFile(this.#options.file)
  }
}

const cantBeWritten = (file: string, error: unknown): string =>
  `${file} can't be written (${(error as NodeJS.ErrnoException).code ?? String(error)}); ` +
  'the relay goes on, and tries again until it can'
