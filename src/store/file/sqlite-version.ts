/** The release of each line from which on a log that two connections reset at once loses nothing. */
const fixedIn: Readonly<Record<string, number>> = { '3.44': 6, '3.50': 7, '3.51': 3 }
const fixedSince = { major: 3, minor: 52 }

/**
 * Whether a SQLite is free of the WAL-reset race (sqlite.org/wal.html#walresetbug): up to 3.51.2, a checkpoint beside a
 * commit can take pages of the log for moved that are not, and what was committed is lost. A thread of ours checkpoints
 * beside the commits.
 */
export function keepsItsLog(version: string): boolean {
  const [major = NaN, minor = NaN, patch = NaN] = version.split('.').map(Number)
  const fixed = fixedIn[`${major}.${minor}`]
  if (fixed !== undefined) return patch >= fixed
  return major > fixedSince.major || (major === fixedSince.major && minor >= fixedSince.minor)
}
