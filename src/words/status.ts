/**
 * Every status of a recipient, declared once. The type, the API's lists, counts and descriptions, the colours of the
 * terminal, the metrics, the number in the database and the ledger's columns follow from this list. To add an open status, add
 * an entry, name it in words/waits-for.ts as the status of those that wait for something, and say in operations/explain.ts what
 * that is. A settled one needs a column of the ledger too (store/file/migrations.ts).
 */

export interface StatusWords {
  /**
   * What the column `state` holds: 0 while the recipient is open, that is still ours to deliver; each settled status has a
   * number of its own. Numbers are never given to another status.
   */
  state: number
  /** Whether a recipient that ended so can be opened again. What was delivered would go out twice. */
  reopenable: boolean
  description: string
  /** No recipient has it in this release: what needs it comes later (docs/roadmap.md). Help and docs leave it out. */
  comesLater?: true
  /** How it looks where statuses have colours. */
  tone: 'neutral' | 'waits' | 'stopped' | 'moves' | 'good' | 'bad'
}

const open = <T extends StatusWords['tone']>(description: string, tone: T) =>
  ({ state: 0, reopenable: false, description, tone }) as const

const declared = {
  queued: open('due now', 'neutral'),
  deferred: open('due later', 'waits'),
  held: open('stopped by a hold', 'stopped'),
  parked: { ...open('over a limit; goes on by itself later', 'stopped'), comesLater: true },
  in_flight: open('being sent', 'moves'),
  delivered: {
    state: 1,
    reopenable: false,
    description: 'a host took it',
    tone: 'good',
  },
  bounced: { state: 2, reopenable: true, description: 'refused for good', tone: 'bad' },
  expired: { state: 3, reopenable: true, description: 'tried for too long', tone: 'bad' },
  cancelled: { state: 4, reopenable: true, description: 'purged', tone: 'neutral' },
  suppressed: {
    state: 5,
    reopenable: false,
    description: 'not tried, as the address is suppressed',
    comesLater: true,
    tone: 'neutral',
  },
} as const satisfies Readonly<Record<string, StatusWords>>

type Declared = typeof declared

export type Status = keyof Declared
type StatusWith<W> = { [S in Status]: Declared[S] extends W ? S : never }[Status]
/** Statuses in which a recipient is still ours to deliver. */
export type OpenStatus = StatusWith<{ state: 0 }>
/** Statuses that end a recipient's way through Sluice. */
export type SettledStatus = Exclude<Status, OpenStatus>
export type ReopenableStatus = StatusWith<{ reopenable: true }>

export const statusWords: Readonly<Record<Status, StatusWords>> = declared

export const statuses = Object.keys(declared) as Status[]
export const isOpen = (status: Status): status is OpenStatus => declared[status].state === 0
const isSettled = (status: Status): status is SettledStatus => !isOpen(status)
const isReopenable = (status: Status): status is ReopenableStatus => declared[status].reopenable

export const openStatuses: readonly OpenStatus[] = statuses.filter(isOpen)
export const settledStatuses: readonly SettledStatus[] = statuses.filter(isSettled)
export const reopenableStatuses: readonly ReopenableStatus[] = statuses.filter(isReopenable)

/** Those of the statuses that a recipient can have in this release: what help, docs and tables show. */
export const statusesInUse = <S extends Status>(which: readonly S[]): S[] =>
  which.filter((status) => statusWords[status].comesLater !== true)

/** A record with a value for each of the statuses. */
export const byStatus = <S extends Status, V>(
  which: readonly S[],
  valueOf: (status: S) => V,
): Record<S, V> =>
  Object.fromEntries(which.map((status) => [status, valueOf(status)])) as Record<S, V>

/** `bounced, expired or cancelled` */
export const listStatuses = (which: readonly Status[]): string =>
  `${which.slice(0, -1).join(', ')} or ${which.at(-1) ?? ''}`
