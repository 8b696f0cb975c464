import { recipientsPerMessage, type MessageKey, type RecipientKey } from './commands.ts'
import { firstRecipient, messageOf } from './keys.ts'
import type { Search, SearchContext, Source } from './scan.ts'

/** What one step may cost: so many candidates looked at, so many results. */
export interface StepLimits {
  examined: number
  found: number
}

export interface Step {
  /** Matching recipients, newest first. */
  keys: RecipientKey[]
  /** All candidates with keys at or above this one were looked at; null: there are no more. */
  reached: RecipientKey | null
}

const columns =
  'recipient.key AS key, state, held, due_at, destination, submitter, tag, sender_hash, sender_domain, address_hash, address'

/** Matching recipients below `before`, as far as the limits allow. */
export function searchRecipients(
  context: SearchContext,
  search: Search,
  before: RecipientKey,
  limits: StepLimits,
): Step {
  const upper = Math.min(before, search.upper)
  const steps = search.states.map((state) => stepInState(context, search, state, upper, limits))
  const reached = steps.reduce<number | null>(
    (highest, step) => (step.reached === null ? highest : Math.max(highest ?? 0, step.reached)),
    null,
  )
  const keys = steps.flatMap((step) => step.keys).filter((key) => key >= (reached ?? 0))
  return { keys: keys.sort((a, b) => b - a), reached }
}

/** Messages below `before` with a matching recipient, newest first; `next`: where to go on, null at the end. */
export function searchMessages(
  context: SearchContext,
  search: Search,
  before: MessageKey,
  limits: StepLimits,
): { messages: MessageKey[]; next: MessageKey | null } {
  const top =
    before > Number.MAX_SAFE_INTEGER / recipientsPerMessage ? search.upper : firstRecipient(before)
  const found: MessageKey[] = []
  let position = top
  let examined = limits.examined
  // A message of many recipients can fill a step's results by itself; go on behind it as long as the budget lasts.
  while (found.length < limits.found && examined > 0) {
    const step = searchRecipients(context, search, position, { examined, found: limits.found })
    for (const key of step.keys) {
      const message = messageOf(key)
      if (found.at(-1) !== message && found.length < limits.found) found.push(message)
    }
    if (step.reached === null) return { messages: found, next: null }
    examined -= Math.max(step.keys.length, limits.found)
    const last = found.at(-1)
    position = last === undefined ? step.reached : Math.min(step.reached, firstRecipient(last))
    if (step.keys.length === 0) break
  }
  return { messages: found, next: Math.min(messageOf(position - 1) + 1, before) }
}

type InState = Search['states'][number]

function stepInState(
  context: SearchContext,
  search: Search,
  inState: InState,
  upper: RecipientKey,
  limits: StepLimits,
): Step {
  const source = chooseSource(context, search, inState)
  const conditions = [...inState.conditions, ...search.parts.map(({ condition }) => condition)]
  const values = [...inState.values, ...search.parts.flatMap((part) => part.values)]
  const range = [...source.values, upper, search.lower]
  const candidates = `FROM ${source.from} WHERE ${source.condition} AND recipient.key < ? AND recipient.key >= ?
    ORDER BY recipient.key DESC`
  const where =
    conditions.length > 0 ? `WHERE ${conditions.map((c) => `(${c})`).join(' AND ')}` : ''
  const keys = context.connection
    .sql(`SELECT key FROM (SELECT ${columns} ${candidates} LIMIT ?) AS recipient ${where} LIMIT ?`)
    .all(...range, limits.examined, ...values, limits.found)
    .map((row) => Number(row['key']))
  if (keys.length >= limits.found) return { keys, reached: keys.at(-1) ?? null }
  const last = context.connection
    .sql(`SELECT recipient.key AS key ${candidates} LIMIT 1 OFFSET ?`)
    .get(...range, limits.examined - 1)
  return { keys, reached: last ? Number(last['key']) : null }
}

const probed = 2000

/** The source with the fewest candidates, as far as a short count can tell. */
function chooseSource({ connection }: SearchContext, search: Search, inState: InState): Source {
  const [first, ...others] = search.parts.map((part) => part.source(inState.state))
  if (!first) return inState.source
  let best = first
  let fewest = others.length > 0 ? Infinity : 0
  for (const source of others.length > 0 ? [first, ...others] : []) {
    const counted = connection
      .sql(
        `SELECT count(*) AS count FROM (SELECT 1 FROM ${source.from} WHERE ${source.condition} LIMIT ?)`,
      )
      .get(...source.values, probed)
    const count = Number(counted?.['count'])
    if (count < fewest) {
      fewest = count
      best = source
    }
  }
  return best
}
