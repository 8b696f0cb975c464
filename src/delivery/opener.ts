import type { Waiter } from './sender-turns.ts'

/** Who wants to open a connection: a provider. */
export interface Opener<P> extends Waiter<P> {
  /** Its connections. */
  readonly open: number
  /** It took a message, or answered for every recipient of one: a greeting alone proves nothing. */
  hasWorked: boolean
  failuresInRow: number
  /** As what it stands in line; null where it does not. Changed by OpeningLine only. */
  standsAs: Standing | null
}

export type Standing = 'trusted' | 'new' | 'failing'

/** A provider is not distrusted for one dead host set of its thousands. */
const distrustAfterFailures = 5

export function standingOf({
  hasWorked,
  failuresInRow,
}: Pick<Opener<never>, 'hasWorked' | 'failuresInRow'>): Standing {
  if (hasWorked && failuresInRow < distrustAfterFailures) return 'trusted'
  return hasWorked || failuresInRow > 0 ? 'failing' : 'new'
}
