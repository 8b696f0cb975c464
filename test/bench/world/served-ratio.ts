/** Fairness over time: how unevenly a number of providers were served in any window. */

/** How many messages each provider had taken in all, at a time in seconds. */
export interface Look {
  at: number
  served: readonly number[]
}

export interface ServedRatio {
  /** Most served by least served, in the window where that was largest; infinite where one got nothing. */
  ratio: number
  /** When that window ended; NaN without a whole window. */
  at: number
  windows: number
}

/** `looks` in order of time. A window ends at each look and begins at the latest look that is `seconds` before it. */
export function worstServedRatio(looks: readonly Look[], seconds: number): ServedRatio {
  let worst = { ratio: NaN, at: NaN }
  let windows = 0
  let first = 0
  for (const end of looks) {
    while ((looks[first + 1]?.at ?? Infinity) <= end.at - seconds) first++
    const begin = looks[first]
    if (!begin || begin.at > end.at - seconds) continue
    windows += 1
    const counts = end.served.map((count, provider) => count - (begin.served[provider] ?? 0))
    const ratio = Math.max(...counts) / Math.min(...counts)
    if (!(ratio <= worst.ratio)) worst = { ratio, at: end.at }
  }
  return { ...worst, windows }
}
