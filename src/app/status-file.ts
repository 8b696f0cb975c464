import { second } from '../time/clock.ts'
import type { RunFile } from '../config/run-files.ts'
import { removeRunFile, writePrivately } from './run-file.ts'
import type { Say } from './voice.ts'

const againMs = 5 * second

export interface StatusFileOptions {
  file: string
  describe: () => RunFile
  say: Say
  /** How long after a failure the next try is. */
  retryMs?: number
}

/**
 * run.json, updated at each change. A failure to write it (a full disk) does not end the relay: it is reported once, and tried again
 * until it works.
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
