import { operateVerb, usageOf } from './operate.ts'

const verb = { action: 'retry', done: 'retried' } as const

export const usage = usageOf(verb)

/** `sluice retry`: makes what waits due now. */
export const run = operateVerb(verb)
