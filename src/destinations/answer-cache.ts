import type { Millis } from '../time/clock.ts'

export interface AnswerCache<V> {
  get(key: string, now: Millis): V | undefined
  put(key: string, value: V, until: Millis): void
}

/** Keeps at most `capacity` answers until their time; the least recently used goes first. */
export function createAnswerCache<V>(capacity: number): AnswerCache<V> {
  const entries = new Map<string, { value: V; until: Millis }>()
  return {
    get(key, now) {
      const entry = entries.get(key)
      if (!entry) return undefined
      entries.delete(key)
      if (entry.until <= now) return undefined
      entries.set(key, entry)
      return entry.value
    },
    put(key, value, until) {
      entries.delete(key)
      entries.set(key, { value, until })
      const [oldest] = entries.keys()
      if (entries.size > capacity && oldest !== undefined) entries.delete(oldest)
    },
  }
}
