/** What a scenario is, and the ground on which it runs. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Figure } from './figure.ts'

export const scenarioNames = [
  'dead-dns',
  'look-ups',
  'many-domains',
  'silent-hosts',
  'odd-hosts',
  'two-senders',
  'full-house',
  'retry-of-one',
  'cost-of-a-turn',
  'million',
] as const
export type ScenarioName = (typeof scenarioNames)[number]

export interface Ground {
  /** Empty, of this scenario alone. */
  folder: string
  /** Where what is to be kept for the next time may lie. */
  shelf: string
  keep: boolean
  /** Sizes are multiplied by this; 1 unless somebody only wants to see whether a scenario works. */
  share: number
  say: (text: string) => void
  /** Ends the scenario at once: Ctrl-C, or its limit is over. */
  signal: AbortSignal
}

export interface Scenario {
  name: ScenarioName
  what: string
  /** It is ended after so long, whatever it still waits for. */
  limitMinutes: number
  /** Each part is told as soon as it is known, so that what came before a fault is not lost. */
  run: (ground: Ground, tell: (figures: readonly Figure[]) => void) => Promise<void>
}

export const sized = (ground: Ground, count: number): number =>
  Math.max(1, Math.round(count * ground.share))

/** Looks again and again until it is so; the seconds from `start` that it took, or null when the time is up before. */
export async function secondsUntil(
  isSo: () => boolean | Promise<boolean>,
  options: { start: number; limitSeconds: number; everyMs?: number; signal: AbortSignal },
): Promise<number | null> {
  const { start, limitSeconds, everyMs = 100, signal } = options
  for (;;) {
    signal.throwIfAborted()
    const soFar = (performance.now() - start) / 1000
    if (await isSo()) return soFar
    if (soFar > limitSeconds) return null
    await sleep(everyMs, undefined, { signal })
  }
}
