/** One thing wrong with the settings or with what they name: where, what, and what to write instead. */
export interface SettingsProblem {
  /** The file or the environment variable with the value; absent where the machine is the cause, not a value. */
  source?: string
  /** The key by its path, as `delivery.route`. */
  key: string
  problem: string
  mend: string
}

/** `config/sluice.toml: delivery.route: "mxx" is not a route — write …`, always one line. */
export const describeProblem = ({ source, key, problem, mend }: SettingsProblem): string =>
  `${source === undefined ? '' : `${source}: `}${key}: ${problem} — ${mend}`.replace(
    /\s*[\r\n]+\s*/g,
    ' ',
  )

/**
 * The relay can't run with these settings. Any room may throw it at a start (a busy port, a data folder of a newer version): the
 * process then prints each problem in one line and ends with exit status 78 (EX_CONFIG of sysexits.h).
 */
export class SettingsError extends Error {
  override name = 'SettingsError'
  readonly problems: readonly SettingsProblem[]

  constructor(problems: readonly SettingsProblem[]) {
    super(problems.map(describeProblem).join('\n'))
    this.problems = problems
  }
}
