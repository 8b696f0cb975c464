import { monotonicMs } from '../../time/clock.ts'
import { type MessageKey, type RecipientKey, firstRecipient, messageOf } from '../../words/keys.ts'
import { column, type Search, type SearchContext, type RowSource, type Values } from './search.ts'

/** What one search may cost before it says how far it came: candidates looked at, results, and, if need be, time. */
export interface SearchLimits {
  examined: number
  found: number
  milliseconds?: number
}

/** The fewest and the most candidates of one look. */
const smallestLook = 50
const largestLook = 2000

/** Matching recipients below `before`, newest first, as far as the limits allow; `reached` null: there are no more. */
export function searchRecipients(
  context: SearchContext,
  search: Search,
  before: RecipientKey,
  limits: SearchLimits,
): { keys: RecipientKey[]; reached: RecipientKey | null } {
  const sources = chooseSources(context, search, before)
  const keys: RecipientKey[] = []
  let position = before
  for (let examined = 0; examined < limits.examined && keys.length < limits.found;) {
    const step = look(context, search, sources, position, limits.found - keys.length)
    keys.push(...step.keys)
    if (step.reached === null) return { keys, reached: null }
    examined += step.examined
    position = step.reached
  }
  return { keys, reached: position }
}

/**
 * Messages with a matching recipient below `before`, newest first. `next`: where to go on, null at the end; it can lie
 * within a message of many recipients, none of which matched so far.
 */
export function searchMessages(
  context: SearchContext,
  search: Search,
  before: RecipientKey,
  limits: SearchLimits,
): { messages: MessageKey[]; next: RecipientKey | null } {
  const sources = chooseSources(context, search, before)
  const until = monotonicMs() + (limits.milliseconds ?? Infinity)
  const messages: MessageKey[] = []
  let position = before
  let width = Math.max(limits.found, smallestLook)
  // One look at least, however slow the machine is now: each page comes further.
  for (let examined = 0; examined === 0 || (examined < limits.examined && monotonicMs() < until);) {
    const step = look(context, search, sources, position, width)
    for (const message of step.keys.map(messageOf)) {
      if (messages.at(-1) === message) continue
      const last = messages.at(-1)
      if (last !== undefined && messages.length === limits.found) {
        return { messages, next: firstRecipient(last) }
      }
      messages.push(message)
    }
    if (step.reached === null) return { messages, next: null }
    // The rest of a message that was found needs no look.
    const last = messages.at(-1)
    position = last === undefined ? step.reached : Math.min(step.reached, firstRecipient(last))
    if (messages.length === limits.found) break
    examined += step.examined
    width = Math.min(width * 2, largestLook)
  }
  return { messages, next: position }
}

interface Look {
  keys: RecipientKey[]
  examined: number
  /** All candidates with keys at or above this one were looked at; null: there are no more. */
  reached: RecipientKey | null
}

/** Looks at so many candidates of each source. What lies below the end of the shortest look comes again next time. */
function look(
  context: SearchContext,
  search: Search,
  sources: readonly RowSource[],
  before: RecipientKey,
  width: number,
): Look {
  const looks = sources.map((source) => lookAtSource(context, search, source, before, width))
  let reached: RecipientKey | null = null
  for (const each of looks) {
    if (each.reached !== null) reached = Math.max(reached ?? 0, each.reached)
  }
  const keys = looks.flatMap((each) => each.keys).filter((key) => key >= (reached ?? 0))
  const examined = looks.reduce((sum, each) => sum + each.examined, 0)
  return { keys: keys.sort((a, b) => b - a), examined, reached }
}

const columns = ['recipient.key AS key', ...Object.values(column)].join(', ')

const keyRange = 'recipient.key < :before AND recipient.key >= :lower'

const candidatesOf = (source: RowSource): string =>
  `FROM ${source.from} WHERE ${source.sql} AND ${source.range ?? keyRange}
    ORDER BY recipient.key DESC`

function lookAtSource(
  context: SearchContext,
  search: Search,
  source: RowSource,
  before: RecipientKey,
  width: number,
): Look {
  const matches = search.conditions.map(({ sql }) => `(${sql})`).join(' AND ')
  const values: Values = { before: Math.min(before, search.upper), lower: search.lower }
  for (const condition of [source, ...search.conditions]) Object.assign(values, condition.values)
  // One row tells it all: how many there were, the last of them, and those that match (settled ones as negatives).
  const row = context.connection
    .sql(
      `SELECT count(*) AS examined, min(key) AS last,
              json_group_array(iif(state = 0, key, -key)) FILTER (WHERE ${matches}) AS found
         FROM (SELECT ${columns} ${candidatesOf(source)} LIMIT :limit) AS recipient`,
    )
    .get({ ...values, limit: width })
  const examined = Number(row?.['examined'])
  const found = JSON.parse(String(row?.['found'])) as number[]
  return {
    keys: found.filter((key) => isMeant(context, search, key)).map(Math.abs),
    examined,
    reached: examined < width ? null : Number(row?.['last']),
  }
}

/** Who is in flight has this status and no other, whatever the row says. */
function isMeant({ flight }: SearchContext, { open }: Search, signedKey: number): boolean {
  const settled = signedKey < 0
  return settled || open.has('in_flight') || !flight.has(signedKey)
}

/** So many candidates are counted off to compare the sources. */
const probed = 1000

/** The sources that come down furthest in so many candidates: the rarest below the position that was reached. */
function chooseSources(
  { connection }: SearchContext,
  search: Search,
  before: RecipientKey,
): RowSource[] {
  const depth = (source: RowSource): number => {
    const row = connection
      .sql(`SELECT recipient.key AS key ${candidatesOf(source)} LIMIT 1 OFFSET :limit`)
      .get({
        ...source.values,
        before: Math.min(before, search.upper),
        lower: search.lower,
        limit: probed,
      })
    return row ? Number(row['key']) : -1
  }
  const [first = [], ...others] = search.choices
  if (others.length === 0) return first
  let best = first
  let deepest = Infinity
  for (const sources of [...others, first]) {
    const reaches = Math.max(-1, ...sources.map(depth))
    if (reaches < deepest) {
      deepest = reaches
      best = sources
    }
  }
  return best
}
