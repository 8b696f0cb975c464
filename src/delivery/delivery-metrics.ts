import {
  connections,
  lanes,
  redisUsable,
  restingHostSets,
  attempts,
  attemptSeconds,
  type ReplyClass,
} from '../metrics/declared.ts'
import type { LaneBook } from './lane-book.ts'
import type { Lane } from './lane.ts'
import type { Slots } from './slots.ts'
import { isRoute, laneOfPlace } from '../destinations/pace.ts'
import { BoundedNames } from '../metrics/bounded-names.ts'
import { second } from '../time/clock.ts'
import { isKnownProvider } from '../words/provider.ts'
import type { HostAttempt } from './dialogue.ts'

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

/** Host sets that are named in metrics beside the providers that Sluice knows; a destination's owner can make up any number. */
const hostSets = new BoundedNames({ places: 25, seenAtLeast: 20, candidates: 1000 })

/** Counts what was tried at the hosts of a provider. */
export function countAttempts(provider: string, tried: readonly HostAttempt[]): void {
  const name = providerLabel(provider)
  for (const { code, durationMs } of tried) {
    attempts[replyClass(code)].of(name).inc()
    attemptSeconds.observe(durationMs / second)
  }
}

/** What a provider is called in metrics: the values are bounded, whatever names strangers give their hosts. */
function providerLabel(provider: string): string {
  if (isKnownProvider(provider)) return provider
  // Routes come from the settings
  return isRoute(provider) ? laneOfPlace(provider) : hostSets.of(provider)
}

function replyClass(code: number | null): ReplyClass {
  if (code === null) return 'none'
  if (code >= 500) return '5xx'
  return code >= 400 ? '4xx' : '2xx'
}
