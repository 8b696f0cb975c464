import type { RedisClient } from '../redis/connect.ts'
import { Lanes } from './lanes.ts'

const markerOf = (prefix: string) => `${prefix}:epoch`
/** Relays may share one Redis: what begins so is of one store alone. */
const prefixOf = (storeId: string) => `{sluice:${storeId}:`
const scanCount = 500

/**
 * Begins an epoch of a store: lanes under a prefix that was never used, and a mark by which a Redis that was wiped is
 * told from one that is merely idle. `id` must be new each time.
 */
export async function beginEpoch(redis: RedisClient, storeId: string, id: string): Promise<Lanes> {
  const lanes = new Lanes(redis, `${prefixOf(storeId)}${id}}`)
  try {
    await lanes.ready()
    await redis.set(markerOf(lanes.prefix), id)
    return lanes
  } catch (error) {
    await lanes.close()
    throw error
  }
}

/** Whether Redis still holds what this epoch put there. */
export const epochStands = async (redis: RedisClient, lanes: Lanes): Promise<boolean> =>
  (await redis.exists(markerOf(lanes.prefix))) === 1

/**
 * Removes what earlier epochs of the store left behind, before another begins: a Redis that one of them has filled to the
 * brim would take nothing of the next. In steps small enough to disturb no other relay; each is given to `step`.
 */
export async function dropEpochs(
  redis: RedisClient,
  storeId: string,
  step: <T>(work: Promise<T>) => Promise<T>,
): Promise<void> {
  let cursor = '0'
  do {
    const match = `${prefixOf(storeId)}*`
    const [next, keys] = await step(redis.scan(cursor, 'MATCH', match, 'COUNT', scanCount))
    if (keys.length > 0) await step(redis.unlink(...keys))
    cursor = next
  } while (cursor !== '0')
}
