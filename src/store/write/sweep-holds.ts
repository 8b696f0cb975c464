import { principalName } from '../../words/principal.ts'
import { dropEmptyHolds, endStanding } from './holds.ts'
import { releaseSlice } from './operation-slice.ts'
import { theStore, type Slice, type Sweep } from './transaction.ts'

const perSlice = 200

/** Holds that end by themselves. */
export const sweepHolds: Slice = (work) => {
  const hold = work.connection
    .sql('SELECT id FROM hold WHERE until IS NOT NULL AND until <= ? ORDER BY until LIMIT 1')
    .get(work.now)
  if (!hold) return true
  const id = Number(hold['id'])
  const standing = work.memory.standing.find((other) => other.id === id)
  if (standing) endStanding(work, standing, theStore)
  releaseSlice(work, id, { actor: principalName(theStore), reason: 'the hold ended' })
  return false
}

/** Holds that hold nobody any more: some in each round, all of them in turn. */
export function sweepEmptyHolds(): Sweep {
  let position = 0
  return () => (work) => {
    const reached = dropEmptyHolds(work.connection, position, perSlice)
    work.afterCommit.push(() => (position = reached ?? 0))
    return true
  }
}
