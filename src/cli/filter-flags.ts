import {
  byFilterName,
  fieldOf,
  filterKeys,
  statusFilter,
  type FilterName,
  type FilterText,
} from '../words/filter.ts'
import { openStatuses, settledStatuses, statusesInUse } from '../words/status.ts'

type Dashed<N extends string> = N extends `${infer A}_${infer B}` ? `${A}-${Dashed<B>}` : N
type FilterFlag = Dashed<FilterName>

const dashed = (name: string): string => name.replaceAll('_', '-')

const textOptions = Object.fromEntries(
  Object.keys(byFilterName(() => null)).map((name) => [dashed(name), { type: 'string' }]),
) as Record<FilterFlag, { type: 'string' }>

/** The filter of the API as flags: the same names, the same meaning. */
export const filterOptions = {
  status: { type: 'string', multiple: true },
  ...textOptions,
} as const

export type FilterFlags = { [F in FilterFlag]?: string | undefined } & {
  status?: string[] | undefined
}

const widest = 96

/** The flags, as many on a line as there is room for. */
function flagLines(): string {
  const lines: string[] = []
  for (const { name, value } of [statusFilter, ...filterKeys.map(fieldOf)]) {
    const flag = `--${dashed(name)} ${value}`
    const last = lines.at(-1)
    if (last === undefined || last.length + flag.length + 2 > widest) lines.push(`  ${flag}`)
    else lines[lines.length - 1] = `${last}  ${flag}`
  }
  return lines.join('\n')
}

export const filterUsage = `filters:
${flagLines()}
  S is ${statusesInUse(openStatuses).join(', ')}; ${statusesInUse(settledStatuses).join(', ')}; or all
  An address is whole, or *@domain. An age is like 90s, 15m, 1h, 7d. A submitter is as a message
  shows it: account:shop, network:192.0.2.0/24, system:dsn.`

/** The flag for a field of the API: `older_than` is `--older-than`. A hold's `until` is given as a duration, `--for`. */
export const flagOf = (field: string): string =>
  field === 'until' ? '--for' : `--${dashed(field)}`

/** The given flags in the API's names; `status` as a list. The values are checked where they are read. */
export function filterOf(flags: FilterFlags): FilterText {
  const filter: Record<string, string | string[]> = {}
  for (const [flag, value] of Object.entries(flags)) {
    if (!(flag in filterOptions) || value === undefined) continue
    filter[flag.replaceAll('-', '_')] =
      typeof value === 'string' ? value : value.flatMap((each) => each.split(','))
  }
  return filter
}

/** The same as parameters of a query. */
export const queryOf = (flags: FilterFlags): Record<string, string> =>
  Object.fromEntries(Object.entries(filterOf(flags)).map(([name, value]) => [name, String(value)]))
