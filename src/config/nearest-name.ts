import type { SettingProblem } from './setting-kinds.ts'

/** The Levenshtein distance: how many letters to add, remove or change. */
function distance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1
      const around = [previous[j - 1] ?? 0, previous[j] ?? 0, row[j - 1] ?? 0] as const
      row.push(Math.min(around[0] + change, around[1] + 1, around[2] + 1))
    }
    previous = row
  }
  return previous[b.length] ?? 0
}

/** The known name that was probably meant; null when none is similar enough. */
export function nearestName(given: string, known: readonly string[]): string | null {
  let best: string | null = null
  let bestDistance = Math.max(2, Math.ceil(given.length / 3)) + 1
  for (const name of known) {
    const away = distance(given.toLowerCase(), name.toLowerCase())
    if (away < bestDistance) [best, bestDistance] = [name, away]
  }
  return best
}

export function unknownKey(written: string, known: readonly string[]): SettingProblem {
  const nearest = nearestName(written, known)
  const mend = nearest === null ? 'remove it' : `write ${nearest}, or remove it`
  return { problem: 'unknown key', mend }
}
