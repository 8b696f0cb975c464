import { operateVerb } from './operate.ts'

/** `sluice release`: lifts the customer's holds; those of others only when `--party` names them. */
export const run = operateVerb({ action: 'release', done: 'released', flags: ' [--party P]' })
