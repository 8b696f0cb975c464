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
