/**
 * Finds recipients by a filter, newest first, in steps of bounded cost: a step looks at so many candidates at the most
 * and says how far it came. The candidates come from the index of the filter's rarest part, so nothing here depends on
 * how long the queue or the history is.
 */
import { openStatuses, settledStatuses, type Status } from '../../words/status.ts'
import type { Filter } from '../../words/filter.ts'
import { openState, settledStates } from '../file/states.ts'
import { partsOf } from './filter-search.ts'
import { openStatusSql, statusesOfRows } from './open-status.ts'
import {
  column,
  type Condition,
  type Search,
  type SearchContext,
  type RowSource,
  type Values,
} from './search.ts'

const { state } = column

/** null: nothing can match. */
export function planSearch(context: SearchContext, filter: Filter): Search | null {
  const wanted = new Set(filter.status ?? openStatuses)
  const parts = partsOf(context, filter)
  if (!parts || wanted.size === 0) return null
  const lower = Math.max(0, ...parts.map((part) => part.lower ?? 0))
  const upper = Math.min(...parts.map((part) => part.upper ?? Infinity), Number.MAX_SAFE_INTEGER)
  if (lower >= upper) return null
  return {
    conditions: [
      statusCondition(context, wanted),
      ...parts.flatMap(({ condition }) => condition ?? []),
    ],
    open: new Set(openStatuses.filter((status) => wanted.has(status))),
    choices: [
      statusSources(context, wanted),
      ...parts.flatMap(({ source, sources }) =>
        sources ? [[...sources]] : source ? [[source]] : [],
      ),
    ],
    lower,
    upper,
  }
}

/** Takes in all that may have one of the statuses; who is in flight, and is so something else, is told apart after. */
function statusCondition({ flight, now }: SearchContext, wanted: ReadonlySet<Status>): Condition {
  const some: string[] = []
  const values: Values = {}
  if (openStatuses.every((status) => wanted.has(status))) some.push(`${state} = ${openState}`)
  else {
    for (const status of statusesOfRows) {
      if (wanted.has(status)) some.push(`${state} = ${openState} AND ${openStatusSql[status]}`)
    }
    if (some.some((sql) => sql.includes(':now'))) values['now'] = now
    if (wanted.has('in_flight')) {
      some.push(`${state} = ${openState} AND ${inFlightSql}`)
      values['flight'] = JSON.stringify([...flight])
    }
  }
  for (const status of settledStatuses) {
    if (wanted.has(status)) some.push(`${state} = ${settledStates[status]}`)
  }
  return { sql: some.length > 0 ? some.map((sql) => `(${sql})`).join(' OR ') : '0', values }
}

const inFlightSql = 'recipient.key IN (SELECT value FROM json_each(:flight))'

/** What the statuses alone can start from. Held recipients and those in flight have short lists of their own. */
function statusSources({ flight }: SearchContext, wanted: ReadonlySet<Status>): RowSource[] {
  const sources: RowSource[] = []
  const ofRows = statusesOfRows.filter((status) => wanted.has(status))
  if (ofRows.some((status) => status !== 'held')) sources.push(ofState(openState))
  else {
    const held = ofRows.length > 0
    if (held) {
      const sql = 'state = 0 AND held > 0'
      sources.push({ from: 'recipient INDEXED BY recipient_held', sql, values: {} })
    }
    if (wanted.has('in_flight')) {
      // Held and in flight is found by the list of the held already.
      const more = held ? ' AND held = 0' : ''
      const values = { flight: JSON.stringify([...flight]) }
      sources.push({ from: 'recipient', sql: `state = 0 AND ${inFlightSql}${more}`, values })
    }
  }
  for (const status of settledStatuses) {
    if (wanted.has(status)) sources.push(ofState(settledStates[status]))
  }
  return sources
}

const ofState = (code: number): RowSource => ({
  from: 'recipient INDEXED BY recipient_by_state',
  sql: `${state} = ${code}`,
  values: {},
})
