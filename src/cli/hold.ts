import { actionVerb, usageOf } from './action-verb.ts'

const verb = {
  action: 'hold',
  done: 'held',
  inFlight: ', and is the last until a release',
  flags: [
    ['--for AGE', 'how long, such as 30m or 2d; default: until released'],
    ['--party P', 'operator or restore, instead of the customer'],
  ],
} as const

export const usage = usageOf(verb)

/** `sluice hold`: holds messages until they are released, or for as long as `--for` says. */
export const run = actionVerb(verb)
