import { rfc3339, type Millis } from '../time/clock.ts'
import { parseDuration } from '../time/duration.ts'
import { readTimestamp } from '../time/timestamp.ts'
import { parseAccountName } from './account-name.ts'
import { destinationOf } from './destination.ts'
import { formatRoute, parseRoute } from './route.ts'
import { statuses, type Status } from './status.ts'

/**
 * One field of a filter, declared once: the API's parameters and bodies, the flags of the terminal, the documents and the types
 * follow from it. How it is searched is in store/read/filter-search.ts, where a missing field is a type error.
 */
export interface FilterField<Name extends string, About, Value> {
  /** As the API calls it; the flag of the terminal has dashes for underscores. */
  name: Name
  /** One recipient must meet all fields about recipients together; its message meets those about the message. */
  about: About
  /** What stands for the value in the usage of the terminal. */
  value: string
  description: string
  /** What is wrong with a value that can't be read. */
  problem: string
  /** undefined: not understood. Ages count from `now`. */
  read: (text: string, now: Millis) => Value | undefined
  /** The text form of a value that was read. */
  show(value: Value): string
  /** Whether something that came from another process can be a value. */
  accepts(value: unknown): boolean
}

type About = 'recipient' | 'message'
type Declaration<N, A, V> = Pick<
  FilterField<string, About, V>,
  'value' | 'description' | 'problem' | 'read'
> & { name: N; about: A }

const text = <const N extends string, const A extends About>(
  field: Declaration<N, A, string>,
): FilterField<N, A, string> => ({
  ...field,
  show: (value) => value,
  accepts: (value) => typeof value === 'string',
})

const moment = <const N extends string>(
  name: N,
  description: string,
): FilterField<N, 'message', Millis> => ({
  name,
  about: 'message',
  value: 'AGE|TIME',
  description: `${description}: an age (\`90s\`, \`15m\`, \`1h\`, \`7d\`) or an RFC 3339 time`,
  problem: 'must be an age like 90s, 15m, 1h, 7d, or an RFC 3339 time with its offset',
  read: (given, now) => {
    const age = parseDuration(given)
    return age === undefined ? readTimestamp(given) : now - age
  },
  show: rfc3339,
  accepts: Number.isFinite,
})

/**
 * `name@domain`, or `*@domain`. A star is a letter like others in a local part (RFC 5321 §4.1.2), but at its beginning
 * it would look like a search, which this is not.
 */
const isWholeAddress = (given: string): boolean => /^(?:\*|[^*][^]*)@[^@*\s]+$/.test(given)
const anyText = (given: string): string | undefined => given || undefined
const address = 'a whole address, or `*@domain`'
const addressProblem =
  'must be a whole address or *@domain; nothing is searched for inside an address'

/** All are exact, addresses without regard to case. */
const filterFields = {
  destination: text({
    name: 'destination',
    about: 'recipient',
    value: 'DOMAIN',
    description: "The recipient's domain",
    problem: 'must be a domain',
    read: (given) => (/^[^@*\s]+$/.test(given) ? destinationOf(`@${given}`) : undefined),
  }),
  to: text({
    name: 'to',
    about: 'recipient',
    value: 'ADDRESS',
    description: `The recipient: ${address}`,
    problem: addressProblem,
    read: (given) => (isWholeAddress(given) ? given : undefined),
  }),
  from: text({
    name: 'from',
    about: 'message',
    value: 'ADDRESS',
    description: `The envelope sender: ${address}; empty or \`<>\` is the null reverse-path`,
    problem: `${addressProblem}; <> is the null reverse-path`,
    read: (given) => {
      if (given === '' || given === '<>') return ''
      return isWholeAddress(given) ? given : undefined
    },
  }),
  account: text({
    name: 'account',
    about: 'message',
    value: 'NAME',
    description: 'The login that submitted it',
    problem: 'must be the name of a login',
    read: (given) => parseAccountName(given) ?? undefined,
  }),
  submitter: text({
    name: 'submitter',
    about: 'message',
    value: 'KIND:ID',
    description:
      'Who submitted it, of any kind, as a message shows it: `account:LOGIN`, `network:192.0.2.0/24`, `system:dsn`',
    problem: 'must be account:LOGIN, network:CIDR or system:PART',
    read: (given) => {
      const [, kind = '', id = ''] = /^(account|network|system):(.+)$/.exec(given) ?? []
      const named = kind === 'account' ? parseAccountName(id) : id.toLowerCase()
      return named ? `${kind}:${named}` : undefined
    },
  }),
  /** The `messageIdHeader` of a message. The store keeps running operations with their filters, so this key stays as it is. */
  messageId: text({
    name: 'message_id',
    about: 'message',
    value: 'ID',
    description: "The header's Message-ID, with or without its brackets",
    problem: 'must not be empty',
    read: anyText,
  }),
  tag: text({
    name: 'tag',
    about: 'message',
    value: 'TAG',
    description: "The header's `X-Sluice-Tag`",
    problem: 'must not be empty',
    read: anyText,
  }),
  route: text({
    name: 'route',
    about: 'message',
    value: 'ROUTE',
    description:
      'How it leaves, as a message shows it: `mx`, `sandbox` or `smtp://host:port`; finds what still waits for a former smarthost',
    problem: 'must be mx, sandbox or smtp://HOST:PORT',
    read: (given) => {
      const route = parseRoute(given)
      return route ? formatRoute(route) : undefined
    },
  }),
  olderThan: moment('older_than', 'Accepted before'),
  newerThan: moment('newer_than', 'Accepted at or after'),
} as const

/** Beside the fields: which statuses are meant. Absent: any open one. */
export const statusFilter = {
  name: 'status',
  value: 'S[,S]',
  description:
    'Any of the named statuses, repeated or with commas; without it: every open one; `all`: settled ones too',
} as const

type Fields = typeof filterFields
export type FilterKey = keyof Fields
type ValueOf<F extends FilterKey> =
  Fields[F] extends FilterField<string, unknown, infer Value> ? Value : never
export type FilterName = Fields[FilterKey]['name']
/** Names of the fields that are about a recipient alone. */
export type RecipientFilterName = Extract<Fields[FilterKey], { about: 'recipient' }>['name']

/** Which recipients are meant. Empty: all open ones. */
export type Filter = {
  status?: readonly Status[]
  /** One message, by its outside id. */
  id?: string
  /** Only mail of these logins: whoever asks may see no other (words/key-rights.ts). Never from outside. */
  within?: readonly string[]
} & { [F in FilterKey]?: ValueOf<F> }

/** In a filter from outside: any status, settled ones too. */
export const anyStatus = 'all'
type AskedStatus = Status | typeof anyStatus

/** A filter as it comes from outside: all texts. */
export type FilterText = { status?: AskedStatus | readonly AskedStatus[] } & {
  [N in FilterName]?: string
}

export const filterKeys = Object.keys(filterFields) as FilterKey[]
/** The fields, without the types that tell one from another. */
export const fieldOf = (key: FilterKey): FilterField<FilterName, About, string | Millis> =>
  filterFields[key]

const isStatusList = (value: unknown): boolean =>
  Array.isArray(value) && value.every((one) => (statuses as readonly unknown[]).includes(one))

const isTextList = (value: unknown): boolean =>
  Array.isArray(value) && value.every((one) => typeof one === 'string')

/** Whether each part is known and of its type: a part that went unheeded would make an operation touch more than meant. */
export const isFilter = (filter: object): boolean =>
  Object.entries(filter).every(([key, value]: [string, unknown]) => {
    if (value === undefined) return true
    if (key === 'status') return isStatusList(value)
    if (key === 'id') return typeof value === 'string'
    if (key === 'within') return isTextList(value)
    return Object.hasOwn(filterFields, key) && fieldOf(key as FilterKey).accepts(value)
  })

/** A record with something for each field, by the field's name. */
export const byFilterName = <V>(
  valueOf: (field: ReturnType<typeof fieldOf>) => V,
): Record<FilterName, V> =>
  Object.fromEntries(
    filterKeys.map(fieldOf).map((field) => [field.name, valueOf(field)]),
  ) as Record<FilterName, V>
