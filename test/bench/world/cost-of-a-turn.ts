/** What a finished job costs the scheduler while ever more providers wait. */
import { seen } from './figure.ts'
import type { Scenario } from './scenario.ts'

export const costOfATurn: Scenario = {
  name: 'cost-of-a-turn',
  what: 'CPU of a finished job while 100, 2,000, 10,000, 40,000 providers wait',
  limitMinutes: 5,
  run(_, tell) {
    tell([seen('not measured: this build has no cost-of-a-turn.ts', null)])
    return Promise.resolve()
  },
}
