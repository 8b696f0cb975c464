import { operateVerb } from './operate.ts'

/** `sluice retry`: makes what waits for a next try due now. It shortens no message's life. */
export const run = operateVerb({ action: 'retry', done: 'retried' })
