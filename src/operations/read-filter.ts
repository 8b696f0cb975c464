import type { Millis } from '../time/clock.ts'
import {
  anyStatus,
  fieldOf,
  filterKeys,
  type Filter,
  type FilterName,
  type FilterText,
} from '../words/filter.ts'
import { statuses } from '../words/status.ts'

interface FilterError {
  field: FilterName
  problem: string
}

export type FilterReading =
  { kind: 'filter'; filter: Filter; empty: boolean } | { kind: 'malformed'; errors: FilterError[] }

/** Reads a filter, all of it or nothing, so that a part that isn't understood never matches more than meant. Ages count from `now`. */
export function readFilter(text: FilterText, now: Millis): FilterReading {
  const filter: Filter = {}
  const errors: FilterError[] = []
  if (text.status !== undefined) {
    const asked = [text.status].flat()
    filter.status = asked.includes(anyStatus) ? statuses : asked.filter((one) => one !== anyStatus)
  }
  for (const key of filterKeys) {
    const { name, problem, read } = fieldOf(key)
    const given = text[name]
    if (given === undefined) continue
    const value = read(given, now)
    if (value === undefined) errors.push({ field: name, problem })
    else Object.assign(filter, { [key]: value })
  }
  if (errors.length > 0) return { kind: 'malformed', errors }
  return { kind: 'filter', filter, empty: Object.keys(filter).length === 0 }
}
