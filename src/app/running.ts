/**
 * app is in charge of the processes: what each is made of, and how they are started, watched and ended. It is the only
 * room that knows all others; it decides nothing about mail.
 */

/** What a started process is to its entry point. */
export interface Running {
  /** The addresses that it really listens on, as `address:port`, by what is spoken there. */
  ports: Readonly<Record<string, readonly string[]>>
  /** Finishes what is in hand, within a bound of its own, and lets go of everything. */
  close(): Promise<void>
}

/** The processes beside Redis, in the order in which they are started. */
export const processNames = ['store', 'smtp', 'delivery', 'api'] as const
export type ProcessName = (typeof processNames)[number]

/** What a process tells the supervisor. */
export type ProcessReport =
  | { kind: 'ready'; ports: Running['ports'] }
  /** It can't run with these settings, or with what it found in the data folder; a person has to see to that. */
  | { kind: 'refused'; lines: string }
