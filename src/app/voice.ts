import type { Logger } from '../log/logger.ts'

export type Level = 'info' | 'warn' | 'error'

/** Prints a line for people; `level` is `info` by default. */
export type Say = (line: string, level?: Level) => void

export interface VoiceOptions {
  /** To the terminal, or to the journal. */
  print: (text: string) => void
  log: Logger
  isJournal: boolean
}

/** sd-daemon(3): the journal takes a number in front of a line as its priority, as in syslog. */
const priorities: Readonly<Record<Level, number>> = { info: 6, warn: 4, error: 3 }

/** The text in the journal's form: each line with its priority. */
export const forJournal = (text: string, level: Level): string =>
  text.replace(/^(?=.)/gm, `<${priorities[level]}>`)

/** The output of the supervisor: on the terminal or in the journal, and in its log. */
export class Voice {
  readonly #options: VoiceOptions

  constructor(options: VoiceOptions) {
    this.#options = options
  }

  /** On the terminal and in the log. */
  readonly say: Say = (line, level = 'info') => {
    this.repeat(line, level)
    this.note(line, level)
  }

  /** On the terminal alone: another process has written it to its own log. */
  readonly repeat: Say = (line, level = 'info') => {
    this.print(`${line}\n`, level)
  }

  /** In the log alone. */
  readonly note: Say = (line, level = 'info') => {
    this.#options.log[level]({}, line)
  }

  print(text: string, level: Level = 'info'): void {
    const { print, isJournal } = this.#options
    print(isJournal ? forJournal(text, level) : text)
  }
}
