/** Looks at a relay from outside each second: memory, whether it calls itself ready, which of its processes died. */
import { readFileSync } from 'node:fs'
import { dataPaths } from '../../../src/config/paths.ts'
import type { ProcessName } from '../../kit/relay-process.ts'
import { MemoryWatch } from '../memory-watch.ts'
import { atMost, below, seen, type Figure } from './figure.ts'
import { redisPeakBytes } from './redis-memory.ts'
import type { WorldRelay } from './relay.ts'

const lookEveryMs = 1000
const pssLookEveryMs = 2000
const megabyte = 1_000_000

export interface MemoryBounds {
  /** Megabytes (10^6 bytes); what is left out is told without a bound. */
  deliveryRss?: number
  redis?: number
  allPss?: number
}

/** Peak of the resident set, in bytes, from /proc/<pid>/status; the kernel keeps it. */
export function peakRssOf(status: string): number {
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024
}

export class RelayWatch implements Disposable {
  readonly #relay: WorldRelay
  readonly #memory: MemoryWatch
  readonly #timer: NodeJS.Timeout
  readonly #pids = new Map<ProcessName, Set<number>>()
  #deliveryRss = 0
  #redisPeak: number | null = null
  #looks = 0
  #notReady = 0
  #looking = false

  constructor(relay: WorldRelay) {
    this.#relay = relay
    this.#memory = new MemoryWatch(relay.roots, pssLookEveryMs)
    this.#timer = setInterval(() => void this.#look(), lookEveryMs)
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
    this.#memory[Symbol.dispose]()
  }

  async figures(bounds: MemoryBounds): Promise<Figure[]> {
    await this.#look()
    const deaths = [...this.#pids.values()].reduce((sum, pids) => sum + pids.size - 1, 0)
    const held = (what: string, bytes: number | null, limit?: number): Figure => {
      const value = bytes === null ? null : bytes / megabyte
      return limit === undefined ? seen(what, value, 'MB') : below(what, value, 'MB', limit)
    }
    return [
      held('delivery, resident, peak', this.#deliveryRss || null, bounds.deliveryRss),
      held('Redis, used memory, peak', this.#redisPeak, bounds.redis),
      held('all processes, PSS, peak', await this.#memory.peak(), bounds.allPss),
      atMost('epochs lost', this.#relay.countInLog('"event":"redis_lost"'), '', 0),
      atMost('processes that died', deaths, '', 0),
      atMost(`looks at /readyz that did not say "ok" (of ${this.#looks})`, this.#notReady, '', 0),
    ]
  }

  async #look(): Promise<void> {
    if (this.#looking) return
    this.#looking = true
    try {
      this.#lookAtProcesses()
      const socket = dataPaths(this.#relay.dataDir).redisSocket
      const [redis, isReady] = await Promise.all([redisPeakBytes(socket), this.#isReady()])
      if (redis !== null) this.#redisPeak = Math.max(this.#redisPeak ?? 0, redis)
      this.#looks += 1
      if (!isReady) this.#notReady += 1
    } finally {
      this.#looking = false
    }
  }

  #lookAtProcesses(): void {
    for (const name of ['store', 'smtp', 'delivery', 'api', 'redis'] as const) {
      const pid = this.#relay.pidOf(name)
      if (pid === null) continue
      const known = this.#pids.get(name) ?? new Set()
      this.#pids.set(name, known.add(pid))
      if (name === 'delivery') this.#deliveryRss = Math.max(this.#deliveryRss, residentPeak(pid))
    }
  }

  async #isReady(): Promise<boolean> {
    try {
      const { status, body } = await this.#relay.api('/readyz')
      return status === 200 && (body as { status: string }).status === 'ok'
    } catch {
      return false
    }
  }
}

function residentPeak(pid: number): number {
  try {
    return peakRssOf(readFileSync(`/proc/${pid}/status`, 'latin1'))
  } catch {
    return 0 // ended meanwhile
  }
}
