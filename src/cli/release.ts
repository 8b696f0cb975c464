import { operateVerb, usageOf } from './operate.ts'

const verb = {
  action: 'release',
  done: 'released',
  flags: [['--party P', 'whose holds: operator, abuse or restore, instead of the customer']],
} as const

export const usage = usageOf(verb)

/** `sluice release`: lets go what is held, each party its own holds. */
export const run = operateVerb(verb)
