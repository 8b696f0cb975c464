import { actionVerb, usageOf } from './action-verb.ts'

const verb = {
  action: 'release',
  done: 'released',
  flags: [['--party P', 'whose holds: operator or restore, instead of the customer']],
} as const

export const usage = usageOf(verb)

/** `sluice release`: lifts the customer's holds; those of others only when `--party` names them. */
export const run = actionVerb(verb)
