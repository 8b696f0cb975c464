import { actionVerb, usageOf } from './action-verb.ts'

const verb = {
  action: 'hold',
  done: 'held',
  inFlight: ' and is the last until a release',
  flags: [
    ['--for AGE', 'how long, like 30m or 2d; without it until released'],
    ['--party P', 'operator, abuse or restore, instead of the customer'],
  ],
} as const

export const usage = usageOf(verb)

/** `sluice hold`: keeps from being sent until released, or for as long as `--for` says. */
export const run = actionVerb(verb)
