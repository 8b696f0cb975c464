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
  /** It can't run with these settings, or with what it found in the data folder. `passing`: only while a disk is full. */
  | { kind: 'refused'; lines: string; passing: boolean }

/**
 * Whether a process that refuses to run ends the relay. Any does at its first start, when somebody is there to see to it.
 * Later the store does, for nothing goes without it, unless room may come back; another may find the port free next time.
 */
export const endsRelay = (name: string, wasReady: boolean, passing: boolean): boolean =>
  !wasReady || (name === 'store' && !passing)
