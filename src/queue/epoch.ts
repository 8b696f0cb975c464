import type { RedisClient } from '../redis/connect.ts'
import { Lanes } from './lanes.ts'

const everyPrefix = '{sluice:'
const markerOf = (prefix: string) => `${prefix}:epoch`
const scanCount = 500

/**
 * Begins an epoch: lanes under a prefix that was never used, and a mark by which a Redis that was wiped is told from one
 * that is merely idle. `id` must be new each time.
 */
export async function beginEpoch(redis: RedisClient, id: string): Promise<Lanes> {
  const prefix = `${everyPrefix}${id}}`
  const lanes = new Lanes(redis, prefix)
  await lanes.ready()
  await redis.set(markerOf(prefix), id)
  return lanes
}

/** Whether Redis still holds what this epoch put there. */
export const epochStands = async (redis: RedisClient, lanes: Lanes): Promise<boolean> =>
  (await redis.exists(markerOf(lanes.prefix))) === 1

/** Removes what other epochs left behind, in steps small enough to disturb nobody. */
export async function dropOtherEpochs(redis: RedisClient, current: Lanes): Promise<void> {
  let cursor = '0'
  do {
    const [next, keys] = await redis.scan(cursor, 'MATCH', `${everyPrefix}*`, 'COUNT', scanCount)
    const stale = keys.filter((key) => !key.startsWith(current.prefix))
    if (stale.length > 0) await redis.unlink(...stale)
    cursor = next
  } while (cursor !== '0')
}
