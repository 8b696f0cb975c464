import { connectRedis, type RedisClient } from '../redis/connect.ts'
import { second } from '../time/clock.ts'
import { patience } from '../time/patience.ts'
import { beginEpoch, dropEpochs, epochStands } from './epoch.ts'
import type { Lanes } from './lanes.ts'

/** How often Redis is looked at: whether the epoch stands, or whether one can begin. */
const checkEveryMs = second
/** A Redis that doesn't answer for so long is frozen; that this process was busy for as long says nothing of Redis. */
const frozenAfterMs = 3 * second

export interface EpochOptions {
  socketPath: string
  /** Whose lanes they are. */
  storeId: string
  newId: () => string
  /** How long Redis may take over one step. */
  frozenAfterMs?: number
}

export interface EpochEvents {
  /** Empty lanes are there to be filled. */
  onBegin: (lanes: Lanes) => void
  /** They are gone. */
  onEnd: (reason: string) => void
  /** None could begin; the next look at Redis tries again. */
  onFailure: (error: unknown) => void
}

/**
 * Keeps an epoch going for as long as it isn't closed. Whatever goes wrong with Redis (away, frozen, wiped, full) ends
 * the epoch; as soon as Redis serves again, a new one begins.
 */
export class Epochs {
  readonly #redis: RedisClient
  readonly #options: EpochOptions
  readonly #events: EpochEvents
  #lanes: Lanes | null = null
  #beginning = false
  #checking = false
  #closed = false
  #timer: NodeJS.Timeout | null = null

  constructor(options: EpochOptions, events: EpochEvents) {
    this.#options = options
    this.#events = events
    this.#redis = connectRedis(options.socketPath)
    this.#redis.on('ready', () => void this.#begin())
    this.#redis.on('close', () => this.#end('the connection to Redis broke'))
    this.#redis.on('error', () => undefined) // 'close' follows
    this.#redis.connect().catch(() => undefined) // it goes on trying
    this.#timer = setInterval(
      () => void (this.#lanes ? this.#check() : this.#begin()),
      checkEveryMs,
    )
  }

  /** Something went wrong in these lanes. */
  fail(lanes: Lanes, reason: string): void {
    if (lanes !== this.#lanes) return
    this.#end(reason)
  }

  close(): void {
    this.#closed = true
    if (this.#timer) clearInterval(this.#timer)
    this.#redis.disconnect()
  }

  async #begin(): Promise<void> {
    if (this.#closed || this.#lanes || this.#beginning || this.#redis.status !== 'ready') return
    this.#beginning = true
    const { storeId, newId } = this.#options
    try {
      await dropEpochs(this.#redis, storeId, (step) => this.#inTime(step))
      const lanes = await this.#inTime(beginEpoch(this.#redis, storeId, newId()))
      this.#lanes = lanes
      this.#events.onBegin(lanes)
    } catch (error) {
      this.#events.onFailure(error)
    } finally {
      this.#beginning = false
    }
  }

  #end(reason: string): void {
    const lanes = this.#lanes
    if (!lanes) return
    this.#lanes = null
    lanes.close().catch(() => undefined) // it only takes its listeners with it
    if (!this.#closed) this.#events.onEnd(reason)
  }

  /** A wiped Redis says nothing of itself, a frozen one nothing at all. */
  async #check(): Promise<void> {
    const lanes = this.#lanes
    if (!lanes || this.#checking) return
    this.#checking = true
    try {
      if (!(await this.#inTime(epochStands(this.#redis, lanes)))) {
        this.fail(lanes, 'Redis lost what it was given')
      }
    } catch {
      // The broken connection ends the epoch
    } finally {
      this.#checking = false
    }
  }

  async #inTime<T>(work: Promise<T>): Promise<T> {
    const patienceMs = this.#options.frozenAfterMs ?? frozenAfterMs
    const done = patience(patienceMs, () => this.#redis.disconnect(true))
    try {
      return await work
    } finally {
      done()
    }
  }
}
