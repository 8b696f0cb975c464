/** A started process, as its entry point sees it. */
export interface Running {
  /** The addresses that it listens on, as `address:port`, by protocol. */
  ports: Readonly<Record<string, readonly string[]>>
  /** Finishes what is in hand, within a limit of its own, and closes everything. */
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
 * Whether a process that refuses to run ends the relay. At the first start any process does, since somebody is there to fix it.
 * Later only the store does, which everything needs, unless only the disk is full; for others the cause may be gone at the next start.
 */
export const endsRelay = (name: string, wasReady: boolean, passing: boolean): boolean =>
  !wasReady || (name === 'store' && !passing)

/** Why a relay ends by itself. */
export type RelayEnd =
  /** A process can't run with these settings or this data folder; it has printed why. */
  | { kind: 'refused' }
  /** A process ended again and again. */
  | { kind: 'failed'; reason: string }
