import { rfc3339, type Millis } from './clock.ts'

/** RFC 3339 §5.6 with its offset required: a time without one means something else on every machine. */
const timestamp = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/i

/**
 * An RFC 3339 time as milliseconds; undefined for anything else, also for a day that its month doesn't have and for an
 * hour that its day doesn't: `Date.parse` would take the day after, and a purge more than was meant.
 */
export function readTimestamp(text: string): Millis | undefined {
  if (!timestamp.test(text)) return undefined
  const local = text.slice(0, 19).toUpperCase()
  const asUtc = Date.parse(`${local}Z`)
  const isReal = !Number.isNaN(asUtc) && rfc3339(asUtc).startsWith(local)
  const at = isReal ? Date.parse(text.toUpperCase()) : Number.NaN
  return Number.isNaN(at) ? undefined : at
}
