/** One measured figure, the bound that it is held to, and how a scenario's figures are printed. */
import { rounded } from '../statistics.ts'

interface Bound {
  relation: '<' | '≤'
  limit: number
}

export interface Figure {
  what: string
  /** null: it could not be measured, which misses every bound. */
  value: number | null
  unit: string
  /** null: told for the reader, held to nothing. */
  bound: Bound | null
  /** The real value is larger: the time was up before it was known. */
  more: boolean
}

/** What is told of a figure beside its bound. */
interface Told {
  more?: boolean
}

export const below = (
  what: string,
  value: number | null,
  unit: string,
  limit: number,
  { more = false }: Told = {},
): Figure => ({ what, value, unit, bound: { relation: '<', limit }, more })

export const atMost = (
  what: string,
  value: number | null,
  unit: string,
  limit: number,
  { more = false }: Told = {},
): Figure => ({ what, value, unit, bound: { relation: '≤', limit }, more })

/** A figure without a bound. */
export const seen = (
  what: string,
  value: number | null,
  unit = '',
  { more = false }: Told = {},
): Figure => ({ what, value, unit, bound: null, more })

/** A figure without a bound is met. One that is known only to be larger than its value is not. */
export function isMet({ value, bound, more }: Figure): boolean {
  if (!bound) return true
  if (value === null || Number.isNaN(value) || more) return false
  return bound.relation === '<' ? value < bound.limit : value <= bound.limit
}

const withUnit = (text: string, unit: string): string => (unit === '' ? text : `${text} ${unit}`)

const describeNumber = (value: number): string =>
  Number.isFinite(value) ? rounded(value).toLocaleString('en-US') : '∞'

const describeValue = ({ value, unit, more }: Figure): string =>
  value === null ? 'not measured' : `${more ? '> ' : ''}${withUnit(describeNumber(value), unit)}`

const describeBound = ({ bound, unit }: Figure): string =>
  bound ? `${bound.relation} ${withUnit(bound.limit.toLocaleString('en-US'), unit)}` : ''

const describeVerdict = (figure: Figure): string => {
  if (!figure.bound) return ''
  return isMet(figure) ? 'met' : 'MISSED'
}

/** An aligned table: what, measured, bound, verdict. */
export function describeFigures(figures: readonly Figure[]): string {
  const rows = [
    ['figure', 'measured', 'bound', ''],
    ...figures.map((figure) => [
      figure.what,
      describeValue(figure),
      describeBound(figure),
      describeVerdict(figure),
    ]),
  ]
  const widths = [0, 1, 2, 3].map((column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  )
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** As JSON: infinite and missing values are null. */
export const figureJson = (figure: Figure): object => ({
  what: figure.what,
  value: figure.value !== null && Number.isFinite(figure.value) ? rounded(figure.value) : null,
  unit: figure.unit,
  ...(figure.more && { more: true }),
  bound: figure.bound,
  met: isMet(figure),
})
