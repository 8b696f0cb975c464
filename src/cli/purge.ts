import { operateVerb, usageOf } from './operate.ts'

const verb = {
  action: 'purge',
  done: 'purged',
  inFlight: ' and is the last',
  flags: [['--yes', 'do not ask; a script must say it']],
} as const

export const usage = usageOf(verb)

/** `sluice purge`: takes out of the queue for good; nobody gets a bounce. */
export const run = operateVerb(verb)
