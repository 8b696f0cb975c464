import { exitStatus } from './exit-status.ts'

/** Verbs that only show something. */
const telling: ReadonlySet<string> = new Set([
  'mailq',
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
