import { actionVerb, usageOf } from './action-verb.ts'

const verb = { action: 'retry', done: 'retried' } as const

export const usage = usageOf(verb)

/** `sluice retry`: makes deferred recipients due now. They expire no sooner for it. */
export const run = actionVerb(verb)
