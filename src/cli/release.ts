import { operateVerb } from './operate.ts'

/** `sluice release`: lifts the customer's holds; those of others stay. */
export const run = operateVerb({ name: 'release', done: 'released' })
