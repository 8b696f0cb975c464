/** What is said about many measurements: the middle, the edges, the ranks. */

const ascending = (values: readonly number[]): number[] => values.toSorted((a, b) => a - b)

/** The middle of the values, the mean of the two middle ones where they are even in number; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = ascending(values)
  const half = Math.floor(sorted.length / 2)
  const upper = sorted[half] ?? NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? NaN) + upper) / 2
}

/** The least value that at least `percent` of all values do not exceed (nearest rank); NaN of none. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = ascending(values)
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? NaN
}

export interface Spread {
  median: number
  min: number
  max: number
}

/** Median and range; null of none. */
export const spread = (values: readonly number[]): Spread | null =>
  values.length === 0
    ? null
    : { median: median(values), min: Math.min(...values), max: Math.max(...values) }

/**
 * How often ours goes into theirs, turn by turn: only turns that stand side by side are compared, so that a machine
 * which slows down over the hour does not speak for either.
 */
export const ratios = (ours: readonly number[], theirs: readonly number[]): number[] =>
  ours.flatMap((value, turn) => {
    const other = theirs[turn]
    return other === undefined || other === 0 ? [] : [value / other]
  })

/** Rounded for print and JSON: three significant figures below 1000, whole numbers above. */
export function rounded(value: number): number {
  return Math.abs(value) >= 1000 ? Math.round(value) : Number(value.toPrecision(3))
}
