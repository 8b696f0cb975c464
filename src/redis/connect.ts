import { Redis } from 'ioredis'

/** The connection as others handle it; only this room knows whose it is. */
export type RedisClient = Redis

const longestReconnectMs = 1000

/**
 * A client on a unix socket that keeps connecting for as long as it isn't closed. It holds nothing back: while there is
 * no connection a command fails at once, and a command whose answer was cut off fails and is never said again. Whoever
 * uses it decides what a lost answer means.
 */
export function connectRedis(socketPath: string): RedisClient {
  return new Redis({
    path: socketPath,
    lazyConnect: true,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (times) => Math.min(50 * times, longestReconnectMs),
  })
}
