import { parseAccountName } from '../accounts/account-name.ts'
import { destinationOf } from '../mail/address.ts'
import type { Filter } from '../words/filter.ts'
import type { Status } from '../words/status.ts'
import { rfc3339, type Millis } from '../time/clock.ts'
import { parseDuration } from '../time/duration.ts'

/** A filter as it comes from outside: all texts. The names are those of the API's query and of the CLI's flags. */
export interface FilterText {
  status?: Status | readonly Status[]
  destination?: string
  to?: string
  from?: string
  account?: string
  submitter?: string
  message_id?: string
  tag?: string
  older_than?: string
  newer_than?: string
}

type TextField = Exclude<keyof FilterText, 'status'>

interface FilterError {
  field: TextField
  problem: string
}

export type FilterReading =
  { kind: 'filter'; filter: Filter; empty: boolean } | { kind: 'malformed'; errors: FilterError[] }

interface FieldReader {
  problem: string
  /** undefined: not understood. */
  read(text: string, now: Millis): Partial<Filter> | undefined
}

const addressProblem =
  'must be a whole address or *@domain; nothing is searched for inside an address'
const timeProblem = 'must be an age like 90s, 15m, 1h, 7d, or an RFC 3339 time with its offset'

const fields: Readonly<Record<TextField, FieldReader>> = {
  destination: {
    problem: 'must be a domain',
    read: (text) =>
      /^[^@*\s]+$/.test(text) ? { destination: destinationOf(`@${text}`) } : undefined,
  },
  to: {
    problem: addressProblem,
    read: (text) => (isWholeAddress(text) ? { to: text } : undefined),
  },
  from: {
    problem: `${addressProblem}; <> is the null reverse-path`,
    read: (text) => {
      if (text === '' || text === '<>') return { from: '' }
      return isWholeAddress(text) ? { from: text } : undefined
    },
  },
  account: {
    problem: 'must be the name of a login',
    read: (text) => {
      const account = parseAccountName(text)
      return account === null ? undefined : { account }
    },
  },
  submitter: {
    problem: 'must be account:LOGIN, network:CIDR or system:PART',
    read: (text) => {
      const [, kind = '', id = ''] = /^(account|network|system):(.+)$/.exec(text) ?? []
      const named = kind === 'account' ? parseAccountName(id) : id.toLowerCase()
      return named ? { submitter: `${kind}:${named}` } : undefined
    },
  },
  message_id: notEmpty('messageId'),
  tag: notEmpty('tag'),
  older_than: moment('olderThan'),
  newer_than: moment('newerThan'),
}

/** Reads a filter, all of it or nothing: what isn't understood must never match more. Ages count from `now`. */
export function readFilter(text: FilterText, now: Millis): FilterReading {
  const filter: Filter = {}
  const errors: FilterError[] = []
  if (text.status !== undefined) {
    filter.status = typeof text.status === 'string' ? [text.status] : text.status
  }
  for (const [field, reader] of Object.entries(fields) as [TextField, FieldReader][]) {
    const value = text[field]
    if (value === undefined) continue
    const part = reader.read(value, now)
    if (part) Object.assign(filter, part)
    else errors.push({ field, problem: reader.problem })
  }
  if (errors.length > 0) return { kind: 'malformed', errors }
  return { kind: 'filter', filter, empty: Object.keys(filter).length === 0 }
}

/**
 * `name@domain`, or `*@domain`. A star is a letter like others in a local part (RFC 5321 §4.1.2), but at its beginning
 * it would look like a search, which this is not.
 */
const isWholeAddress = (text: string): boolean => /^(?:\*|[^*][^]*)@[^@*\s]+$/.test(text)

function notEmpty(key: 'messageId' | 'tag'): FieldReader {
  return {
    problem: 'must not be empty',
    read: (text) => (text === '' ? undefined : { [key]: text }),
  }
}

function moment(key: 'olderThan' | 'newerThan'): FieldReader {
  return {
    problem: timeProblem,
    read: (text, now) => {
      const at = readMoment(text, now)
      return at === undefined ? undefined : { [key]: at }
    },
  }
}

/** RFC 3339 §5.6 with its offset required: a time without one means something else on every machine. */
const timestamp = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/i

function readMoment(text: string, now: Millis): Millis | undefined {
  const age = parseDuration(text)
  if (age !== undefined) return now - age
  return readTimestamp(text)
}

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
