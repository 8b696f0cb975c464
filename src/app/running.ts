/** What a started process is to its entry point. */
export interface Running {
  /** The addresses that it really listens on, as `address:port`, by what is spoken there. */
  ports: Readonly<Record<string, readonly string[]>>
  /** Finishes what is in hand, within a bound of its own, and lets go of everything. */
  close(): Promise<void>
  /** What keeps it from its work now, in words; null, or left out: nothing that it knows of. */
  trouble?(): string | null
}

/** The processes beside Redis, in the order in which they are started. */
export const processNames = ['store', 'smtp', 'delivery', 'api'] as const
export type ProcessName = (typeof processNames)[number]

/** EX_CONFIG of sysexits.h: for a person to fix. */
export const exitStatusOfRefusal = 78

/** What the supervisor asks: whether the process still turns its event loop, and for its metrics. */
export interface ProcessQuestion {
  kind: 'ping' | 'metrics'
}

/** What a process tells the supervisor. */
export type ProcessReport =
  | { kind: 'ready'; ports: Running['ports']; trouble: string | null }
  | { kind: 'pong'; trouble: string | null }
  /** JSON: the supervisor hands it on as it is. */
  | { kind: 'metrics'; json: string }
  /** It can't run with these settings, or with what it found in the data folder. `passing`: only while a disk is full. */
  | { kind: 'refused'; lines: string; passing: boolean }
  /** The relay must end at once, whenever it happens: a restart would change nothing, or do harm. */
  | { kind: 'fatal'; lines: string }

/**
 * Whether a process that refuses to run ends the relay. Any does at its first start, when somebody is there to see to it.
 * Later the store does, for nothing goes without it, unless room may come back; another may find the port free next time.
 */
export const endsRelay = (name: string, wasReady: boolean, passing: boolean): boolean =>
  !wasReady || (name === 'store' && !passing)

/** Why a relay ends that nobody told to. */
export type RelayEnd =
  /** A process can't run as things are; it has said why. */
  | { kind: 'refused' }
  /** A process ended again and again. */
  | { kind: 'failed'; reason: string }
