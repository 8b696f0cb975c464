import { actionVerb, usageOf } from './action-verb.ts'

const verb = {
  action: 'purge',
  done: 'purged',
  inFlight: ', and is the last',
  flags: [['--yes', 'do not ask for confirmation; needed in a script']],
} as const

export const usage = usageOf(verb)

/** `sluice purge`: takes out of the queue, without a bounce message. Asks a person first; a script says `--yes`. */
export const run = actionVerb(verb)
