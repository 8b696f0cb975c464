import { median } from '../statistics.ts'

/** How many deliveries there had been, so many seconds after the start. */
export interface Count {
  at: number
  total: number
}

/** Full is this share of the pace that is kept later. */
const fullShare = 0.8

/**
 * The pace kept in the second half of the work, and when it was first there: the end of the first span of `spanSeconds`
 * in which it was nearly reached. `counts` in order of time, the last one at the end of the work.
 */
export function fullPace(
  counts: readonly Count[],
  spanSeconds = 0.5,
): { at: number; perSecond: number } {
  const spans = counts.flatMap((end) => {
    const begin = counts.findLast(({ at }) => at <= end.at - spanSeconds)
    return begin ? [{ at: end.at, perSecond: (end.total - begin.total) / (end.at - begin.at) }] : []
  })
  const half = (counts.at(-1)?.total ?? 0) / 2
  const halfAt = counts.find(({ total }) => total >= half)?.at ?? 0
  const later = spans.filter(({ at }) => at >= halfAt).map(({ perSecond }) => perSecond)
  const perSecond = median(later)
  const first = spans.find((span) => span.perSecond >= fullShare * perSecond)
  return { at: first?.at ?? NaN, perSecond }
}
