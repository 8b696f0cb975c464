import { checkRedis, describeRedisFault, type RedisTrouble } from '../redis/check-redis.ts'
import { second, type Millis } from '../time/clock.ts'
import type { DeliveryLog } from './delivery-log.ts'

/** How long Redis may take over a check. */
const answerMs = second
/** Checks of a Redis in use; one that can't be used is looked at each time. */
const idleLooks = 10
/** So many checks that found nothing, and still no epoch: then delivery's own failure counts. */
const looksUntilDoubted = 3

export interface RedisWatchOptions {
  redisSocket: string
  log: DeliveryLog
  check?: (socketPath: string, timeoutMs: Millis) => Promise<RedisTrouble | null>
}

/** Knows why nothing goes out through Redis, in words, and logs it once for each change. */
export class RedisWatch {
  readonly #options: RedisWatchOptions
  #looking = false
  #looks = 0
  #found: RedisTrouble | null = null
  #failure: string | null = null
  #sound = 0
  #inUse = false
  #logged: string | null = null

  constructor(options: RedisWatchOptions) {
    this.#options = options
  }

  /** Why nothing can be sent; null: nothing is known to be wrong. */
  get trouble(): string | null {
    if (this.#found?.blocks) return this.#found.words
    if (this.#inUse) return null
    if (this.#failure !== null) return this.#failure
    return this.#sound >= looksUntilDoubted
      ? 'Redis answers, but delivery could not take it into use yet'
      : null
  }

  /** The lanes could not be laid. */
  failed(error: unknown): void {
    this.#failure = describeRedisFault(error)
  }

  /** To be called each second. `inUse`: there are lanes in Redis. */
  async look(inUse: boolean): Promise<void> {
    this.#inUse = inUse
    if (inUse) this.#failure = null
    const isDue = !inUse || this.#found !== null || this.#looks % idleLooks === 0
    this.#looks++
    if (!isDue || this.#looking) return
    this.#looking = true
    const { check = checkRedis, redisSocket } = this.#options
    this.#found = await check(redisSocket, answerMs)
    this.#sound = this.#found === null && !inUse ? this.#sound + 1 : 0
    this.#looking = false
    this.#log()
  }

  #log(): void {
    const { log, redisSocket: socket } = this.#options
    const reason = this.trouble ?? this.#found?.words ?? null
    if (reason === this.#logged) return
    this.#logged = reason
    if (reason === null) log.info({ socket }, 'Redis can be used')
    else if (this.trouble === null) log.warn({ socket, reason }, 'Redis can be used at a risk')
    else
      log.warn({ event: 'redis_unusable', socket, reason }, 'Redis can’t be used: nothing is sent')
  }
}
