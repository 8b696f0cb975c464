import { actionVerb, usageOf } from './action-verb.ts'

const verb = {
  action: 'reopen',
  done: 'reopened',
  meant: 'bounced, expired or cancelled recipient',
} as const

export const usage = usageOf(verb)

/** `sluice reopen`: sends again what bounced, expired or was purged, as long as its content is kept. */
export const run = actionVerb(verb)
