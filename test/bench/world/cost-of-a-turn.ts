/** What a finished job costs the scheduler while ever more providers wait: of the scheduler alone, without a relay. */
import { measureTurns } from '../cost-of-a-turn.ts'
import { atMost, seen } from './figure.ts'
import type { Scenario } from './scenario.ts'

const waiting = [100, 2000, 10_000, 40_000]

export const costOfATurn: Scenario = {
  name: 'cost-of-a-turn',
  what: 'CPU of a finished job, of the scheduler alone, while 100, 2,000, 10,000, 40,000 providers wait',
  limitMinutes: 5,
  run(_, tell) {
    const costs = measureTurns(waiting).map(({ providers, ns }) => ({ providers, us: ns / 1000 }))
    const fewest = costs[0]?.us ?? NaN
    const name = (providers: number): string => providers.toLocaleString('en-US')
    tell([
      ...costs.map(({ providers, us }) =>
        seen(`a finished job, ${name(providers)} wait`, us, 'µs'),
      ),
      atMost(
        'the dearest by that of 100',
        Math.max(...costs.map(({ us }) => us)) / fewest,
        '',
        1.2,
      ),
    ])
    return Promise.resolve()
  },
}
