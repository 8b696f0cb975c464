import { operate, type OperationResult } from '../operations/operate.ts'
import { readFilter } from '../operations/read-filter.ts'
import type { CommandPort } from '../store/protocol/client.ts'
import type { Action } from '../words/operation.ts'
import type { Party } from '../words/party.ts'
import { openStatuses, statusesInUse } from '../words/status.ts'
import type { Filter, FilterText } from '../words/filter.ts'
import { systemClock } from '../time/clock.ts'
import { Complaint } from './complaint.ts'
import { exitStatus } from './exit-status.ts'
import { flagOf } from './filter-flags.ts'
import type { Io } from './io.ts'
import type { HoldWords, Operator } from './operator.ts'
import { nothingChanged } from './store-connection.ts'
import { withReader } from './store-reader.ts'

/**
 * Those who act on the machine itself, without an API key. Nothing in this release holds as `abuse` by itself, so help does not
 * name it; a hold that somebody set under that name can be lifted all the same.
 */
const parties: readonly Party[] = ['operator', 'restore', 'abuse']

/** The party that a flag names; a complaint where there is no such party. */
export function readParty(text: string): Party {
  const party = parties.find((each) => each === text)
  if (party) return party
  throw new Complaint(
    exitStatus.usage,
    `unknown party "${text}": use operator or restore; without --party, it is the customer`,
  )
}

/** Operates as another party than the customer, whose holds an API key can't lift. */
export function asParty(store: CommandPort, party: Party, io: Io): Operator {
  const run = async (
    action: Action,
    filter: Filter,
    { reason, until }: HoldWords,
    dryRun: boolean,
  ): Promise<OperationResult> => {
    const end = until === undefined ? null : Date.parse(until)
    const asked = { action, filter, party, reason: reason ?? null, until: end, dryRun }
    const outcome = await operate(store.as({ kind: 'party', id: party }), asked)
    if (outcome.kind === 'unavailable') throw nothingChanged(outcome.cause)
    return outcome.result
  }
  return {
    matching: ({ action, filter, hold, dryRun }) => run(action, readOwn(filter), hold, dryRun),
    named: ({ action, id, hold }) => run(action, { id }, hold, false),
    standingHolds: async () => {
      const { holds } = await withReader(io, (reader) => reader.holds({ after: null, limit: 100 }))
      return holds.filter((each) => each.party === party)
    },
  }
}

/** Reads the filter with the checks that the API makes. */
function readOwn(text: FilterText): Filter {
  const allowed = statusesInUse(openStatuses)
  const stray = [text.status ?? []].flat().find((each) => !allowed.some((open) => open === each))
  if (stray !== undefined) {
    throw new Complaint(exitStatus.usage, `--status must be one of ${allowed.join(', ')}`)
  }
  const reading = readFilter(text, systemClock.now())
  if (reading.kind === 'filter') return reading.filter
  const wrong = reading.errors.map(({ field, problem }) => `${flagOf(field)} ${problem}`)
  throw new Complaint(exitStatus.usage, wrong.join('; '))
}
