/** The exit statuses of sysexits.h that Sluice uses. */
export const exitStatus = {
  ok: 0,
  /** The answer is no: nothing found, nothing matched. */
  no: 1,
  /** EX_USAGE: invalid command line. */
  usage: 64,
  /** EX_UNAVAILABLE: the relay does not run, or something that it needs is missing. */
  unavailable: 69,
  /** EX_SOFTWARE: a fault of ours. */
  fault: 70,
  /** EX_IOERR: the output could not be written. */
  unwritten: 74,
  /** EX_TEMPFAIL: try again later, as when another relay runs on the data folder. */
  busy: 75,
  /** EX_NOPERM: the API key is missing, wrong, or lacks the scope. */
  denied: 77,
  /** EX_CONFIG: the settings are wrong. */
  config: 78,
} as const

/** What each means for whoever wrote a script. Of 1 the verb says more: see verbs.ts. */
export const exitMeanings: Readonly<Record<keyof typeof exitStatus, string>> = {
  ok: 'done, or shown',
  no: 'the answer is no: see the next table',
  usage: 'invalid command line, or a purge in a script without `--yes`',
  unavailable: "no relay runs, there is no store yet, or the relay can't do it now",
  fault: 'an internal error',
  unwritten: 'the output could not be written',
  busy: 'another relay or process uses the data folder, or does not end: try again later',
  denied: "no key, a wrong one, one without the scope, or another user's folder",
  config: "settings or the store can't be used",
}

/** Verbs that only show something. */
const telling: ReadonlySet<string> = new Set([
  'mailq',
  'summary',
  'show',
  'why',
  'log',
  'ledger',
  'status',
  'help',
])

/**
 * Whether a verb ends when nobody reads on. `sluice mailq | head`: who reads has seen enough. A verb that does something
 * goes on, heard or not: half of a purge, or a relay without its supervisor, would be worse.
 */
export const endsUnheard = (verb: string): boolean => telling.has(verb)

/** The exit status of a verb whose output could not be written (a full disk), where the output is its result. */
export const statusUnwritten = (verb: string, status: number): number =>
  status === exitStatus.ok && verb !== 'start' ? exitStatus.unwritten : status
