import type { Sunk } from '../kit/load.ts'

/**
 * How many messages were in flight at the sink, over all kills: begun there before the kill, their outcome not
 * committed by then. A message in flight at two kills counts twice: each may cost a copy.
 */
export function inFlightAt(
  killsAtMs: readonly number[],
  sunk: readonly Sunk[],
  settledAtMs: ReadonlyMap<string, number>,
): number {
  const first = new Map<string, number>()
  for (const { number, atMs } of sunk) {
    first.set(number, Math.min(atMs, first.get(number) ?? Number.POSITIVE_INFINITY))
  }
  const isInFlight = ([number, beganMs]: [string, number], killMs: number): boolean =>
    beganMs <= killMs && killMs <= (settledAtMs.get(number) ?? Number.POSITIVE_INFINITY)
  return killsAtMs.reduce(
    (sum, killMs) => sum + [...first].filter((one) => isInFlight(one, killMs)).length,
    0,
  )
}
