import { connections, lanes, redisUsable, restingHostSets } from '../metrics/declared.ts'
import type { LaneBook } from './lane-book.ts'
import type { Lane } from './lane.ts'
import type { Slots } from './slots.ts'

export interface WatchedDelivery {
  book: Pick<LaneBook, 'size'>
  slots: Pick<Slots<Lane>, 'connections' | 'rests'>
  usesRedis: () => boolean
}

/** Has delivery report its numbers; all of them are at hand. Returns what ends that. */
export function watchDelivery({ book, slots, usesRedis }: WatchedDelivery): () => void {
  const ends = [
    lanes.read(() => book.size),
    restingHostSets.read(() => slots.rests.size),
    redisUsable.read(() => Number(usesRedis())),
    connections.read(() => {
      const { open, idle } = slots.connections
      return { out: open, idle }
    }),
  ]
  return () => {
    for (const end of ends) end()
  }
}
