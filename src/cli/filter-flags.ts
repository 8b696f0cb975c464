import type { FilterText } from '../operations/read-filter.ts'

/** The filter of the API as flags: the same names, the same meaning. */
export const filterOptions = {
  status: { type: 'string', multiple: true },
  destination: { type: 'string' },
  to: { type: 'string' },
  from: { type: 'string' },
  account: { type: 'string' },
  submitter: { type: 'string' },
  'message-id': { type: 'string' },
  tag: { type: 'string' },
  'older-than': { type: 'string' },
  'newer-than': { type: 'string' },
} as const

export type FilterFlags = {
  [F in Exclude<keyof typeof filterOptions, 'status'>]?: string | undefined
} & { status?: string[] | undefined }

export const filterUsage = `filters:
  --status S[,S]  --destination DOMAIN  --to ADDRESS  --from ADDRESS  --account NAME
  --submitter KIND:ID  --message-id ID  --tag TAG  --older-than AGE|TIME  --newer-than AGE|TIME
  An address is whole, or *@domain. An age is like 90s, 15m, 1h, 7d. A submitter is as a message
  shows it: account:shop, network:192.0.2.0/24, system:dsn.`

/** The flag for a field of the API's: `older_than` is `--older-than`. A hold's `until` is said as a time span. */
export const flagOf = (field: string): string =>
  field === 'until' ? '--for' : `--${field.replaceAll('_', '-')}`

/** What was said, in the API's names; `status` as a list. Whether it makes sense is found where it is read. */
export function filterOf(flags: FilterFlags): FilterText {
  const filter: Record<string, string | string[]> = {}
  for (const name of Object.keys(filterOptions) as (keyof typeof filterOptions)[]) {
    const value = flags[name]
    if (value === undefined) continue
    filter[name.replaceAll('-', '_')] =
      typeof value === 'string' ? value : value.flatMap((each) => each.split(','))
  }
  return filter
}

/** The same as parameters of a query. */
export const queryOf = (flags: FilterFlags): Record<string, string> =>
  Object.fromEntries(Object.entries(filterOf(flags)).map(([name, value]) => [name, String(value)]))
