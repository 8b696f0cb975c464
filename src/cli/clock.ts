import { askStore } from '../operations/ask-store.ts'
import { describeDuration } from '../time/duration.ts'
import { complaining, readArgs } from './complaint.ts'
import { exitStatus } from './exit-status.ts'
import { readForm } from './forms.ts'
import type { Io } from './io.ts'
import { nothingChanged, withStore } from './store-connection.ts'

export const usage = 'usage: sluice clock accept'

/** `sluice clock accept`: a person has looked at the clock of this machine after a jump, and it is right. */
export const run = complaining(async (args: string[], io: Io): Promise<number> => {
  const { positionals } = readArgs(args, {}, usage)
  readForm('clock', { accept: [] }, positionals, usage)
  const answer = await withStore(io, (store) => askStore(store, { kind: 'accept-clock' }))
  if (answer.kind === 'unavailable') throw nothingChanged(answer.cause)
  if (answer.kind === 'refused') {
    io.err.write('The clock did not jump; there is nothing to accept.\n')
    return exitStatus.ok
  }
  const way = answer.byMs < 0 ? 'back' : 'forward'
  io.err.write(
    `The clock of this machine is right: Sluice goes ${describeDuration(Math.abs(answer.byMs))} ${way}.\n`,
  )
  return exitStatus.ok
})
