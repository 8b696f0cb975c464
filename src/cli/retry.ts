import { actionVerb, usageOf } from './action-verb.ts'

const verb = { action: 'retry', done: 'retried' } as const

export const usage = usageOf(verb)

/** `sluice retry`: makes what waits for a next try due now. It shortens no message's life. */
export const run = actionVerb(verb)
