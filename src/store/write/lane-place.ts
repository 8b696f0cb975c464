import { laneOfDestination } from '../../words/lane-name.ts'
import { number } from '../file/read-row.ts'
import type { Work } from './transaction.ts'

/** Lane and provider as numbers of names; the provider is null until it is known. */
export interface LanePlace {
  lane: number
  provider: number | null
}

/** Where new mail for a destination waits. */
export function lanePlaceOf(work: Work, route: string, destination: string): LanePlace {
  const { connection, names } = work
  if (route === 'mx') {
    const row = connection
      .sql('SELECT lane, provider FROM destination WHERE name = ?')
      .get(names.idOf(destination))
    if (row) return { lane: number(row, 'lane'), provider: number(row, 'provider') }
  }
  return { lane: names.idOf(laneOfDestination(route, destination)), provider: null }
}

/** A lane and its provider as others see them; a provider whose name was swept is as unknown as one not looked up yet. */
export const laneTexts = (
  { names }: Work,
  { lane, provider }: LanePlace,
): { lane: string; provider: string | null } => ({
  lane: names.textOf(lane),
  provider: (provider !== null && names.textOf(provider)) || null,
})
