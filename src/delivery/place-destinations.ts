import type { StoreClient } from '../store/protocol/client.ts'
import type { Placement } from '../store/protocol/commands.ts'

/** A destination of which so much waits that it has to be placed again is so at once, up to a bound. */
const placementsAtOnce = 500

/**
 * Has the store move the mail of destinations to the lanes of their hosts; it is pushed from there. Ends early where `isOpen`
 * is false. @returns whether all of it is there
 */
export async function placeDestinations(
  placements: readonly Placement[],
  store: Pick<StoreClient, 'send'>,
  isOpen: () => boolean,
): Promise<boolean> {
  const parts: Promise<boolean>[] = []
  for (let at = 0; at < placements.length; at += placementsAtOnce) {
    parts.push(place(placements.slice(at, at + placementsAtOnce), store, isOpen))
  }
  return (await Promise.all(parts)).every(Boolean)
}

async function place(
  placements: readonly Placement[],
  store: Pick<StoreClient, 'send'>,
  isOpen: () => boolean,
): Promise<boolean> {
  for (let left = placements; left.length > 0;) {
    if (!isOpen()) return false
    const answer = await store.send({ kind: 'place', placements: left })
    if (answer.kind !== 'placed') return false
    const unfinished = new Set(answer.unfinished)
    left = left.filter(({ destination }) => unfinished.has(destination))
  }
  return true
}
