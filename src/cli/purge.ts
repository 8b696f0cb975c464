import { operateVerb } from './operate.ts'

/** `sluice purge`: takes out of the queue for good, without a DSN. Asks a person first; a script says `--yes`. */
export const run = operateVerb({ action: 'purge', done: 'purged', flags: ' [--yes]' })
