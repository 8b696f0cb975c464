import { operateVerb } from './operate.ts'

/** `sluice hold`: keeps from being sent until released, or for as long as `--for` says. */
export const run = operateVerb({ action: 'hold', done: 'held', flags: ' [--for 2h] [--party P]' })
