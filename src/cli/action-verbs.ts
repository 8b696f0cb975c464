/**
 * `sluice retry`, `hold`, `release`, `purge` and `reopen`. They take ids, filters or --all, print what they changed, and end with exit
 * status 1 where nothing matched.
 */
import type { OperationResult } from '../operations/operate.ts'
import type { FilterText } from '../words/filter.ts'
import type { Action } from '../words/operation.ts'
import { rfc3339, systemClock } from '../time/clock.ts'
import { parseDuration } from '../time/duration.ts'
import { addressOptions, findApi, queryUsage } from './api-address.ts'
import { ApiClient } from './api-client.ts'
import { Complaint, complaining, readArgs } from './complaint.ts'
import { exitStatus } from './exit-status.ts'
import { filterOf, filterOptions, filterUsage } from './filter-flags.ts'
import { forEachId, idsUsage, readIds } from './ids.ts'
import type { Io, LoadedVerb } from './io.ts'
import { asParty, readParty } from './operate-as-party.ts'
import { type HoldWords, type Operator, byApi } from './operator.ts'
import { counted, printable, printJson } from './print.ts'
import { withStore } from './store-connection.ts'

interface ActionVerb {
  action: Action
  /** As in "3 recipients retried". */
  done: string
  /** What else is true of the attempts that are under way; they are never interrupted. */
  inFlight?: string
  /** What it applies to; default: open recipients. */
  meant?: string
  /** Its own flags, as the usage shows them: name and description. */
  flags?: readonly (readonly [flag: string, about: string])[]
}

const options = {
  ...filterOptions,
  ...addressOptions,
  all: { type: 'boolean' },
  reason: { type: 'string' },
  for: { type: 'string' },
  party: { type: 'string' },
  yes: { type: 'boolean' },
  'dry-run': { type: 'boolean' },
  json: { type: 'boolean' },
} as const

type Flags = ReturnType<typeof readArgs<typeof options>>['values']

/** The usage of the verb for an action. */
const usageOf = ({ action, meant = 'open recipient', flags = [] }: ActionVerb): string =>
  `usage: sluice ${action} ID… | - | filters | --all [options]
  ${idsUsage}
${filterUsage}
options:
  --all           instead of filters: every ${meant}
${flags.map(([flag, about]) => `  ${flag.padEnd(15)} ${about}\n`).join('')}\
  --reason TEXT   recorded in the events
  --dry-run       only count what matches; with filters
${queryUsage}`

/** The verb for an action. */
function actionVerb(verb: ActionVerb): LoadedVerb {
  const usage = usageOf(verb)
  const run = complaining(async (args, io) => {
    const { values, positionals } = readArgs(args, options, usage)
    const named = positionals.length > 0
    const why = faultIn(verb.action, values, named)
    if (why !== null) throw new Complaint(exitStatus.usage, `${why}\n${usage}`)
    const asked = { verb, io, flags: values, hold: readHold(values) }
    const ids = named ? await readIds(positionals, io, usage) : null
    const work = (operator: Operator): Promise<number> =>
      ids ? byId({ ...asked, operator }, ids) : byFilter({ ...asked, operator })
    if (values.party === undefined) return work(byApi(new ApiClient(findApi(values)), io))
    const party = readParty(values.party)
    return withStore(io, (store) => work(asParty(store, party, io)))
  })
  return { run, usage }
}

interface Asked {
  verb: ActionVerb
  io: Io
  flags: Flags
  hold: HoldWords
  operator: Operator
}

/** What is wrong with a command line; null: nothing. */
function faultIn(action: Action, flags: Flags, named: boolean): string | null {
  const filtered = Object.keys(filterOf(flags)).length > 0 || flags.all === true
  if (named && filtered) return 'give ids or filters, not both'
  if (!named && !filtered) return 'no messages named: give ids, filters or --all'
  if (flags.for !== undefined && (action !== 'hold' || !parseDuration(flags.for))) {
    return '--for is how long a hold lasts, such as 30m or 2d'
  }
  if (flags.party !== undefined && action !== 'hold' && action !== 'release') {
    return '--party goes with hold and release'
  }
  return named && flags['dry-run'] === true ? '--dry-run goes with filters' : null
}

const readHold = (flags: Flags): HoldWords => ({
  ...(flags.reason !== undefined && { reason: flags.reason }),
  ...(flags.for !== undefined && {
    until: rfc3339(systemClock.now() + (parseDuration(flags.for) ?? 0)),
  }),
})

async function byFilter(asked: Asked): Promise<number> {
  const { verb, flags, hold, operator, io } = asked
  const filter: FilterText = filterOf(flags)
  const ask = (dryRun: boolean): Promise<OperationResult> =>
    operator.matching({ action: verb.action, filter, all: flags.all ?? false, dryRun, hold })
  if (flags['dry-run']) {
    const found = await ask(true)
    print(asked, found, 'would be ')
    return statusOf(found)
  }
  if (verb.action === 'purge' && !flags.yes) {
    const found = await ask(true)
    if (found.recipients > 0) await confirm(io, wouldBePurged(describe(found)))
  }
  const result = await ask(false)
  print(asked, result, '')
  if (verb.action === 'release') await sayWhatStands(asked)
  return statusOf(result)
}

/** A release lets go what is held now; a standing hold takes in what comes next. */
async function sayWhatStands({ operator, flags, io }: Asked): Promise<void> {
  // A key that may release need not be allowed to read
  const holds = await operator.standingHolds().catch((error: unknown) => {
    if (error instanceof Complaint && error.status === exitStatus.denied) return []
    throw error
  })
  const [first] = holds
  if (!first) return
  const party = flags.party === undefined ? '' : ` --party ${flags.party}`
  const which = first.scope === 'all' ? 'all' : `${first.scope} ${first.value}`
  const text =
    holds.length === 1
      ? `A standing hold goes on holding new mail; lift it with: sluice holds lift ${which}${party}`
      : `${holds.length} standing holds go on holding new mail; list them with: sluice holds`
  io.err.write(`${printable(text)}\n`)
}

async function byId(asked: Asked, ids: readonly string[]): Promise<number> {
  const { verb, flags, hold, operator, io } = asked
  if (verb.action === 'purge' && !flags.yes && ids.length > 0) {
    await confirm(io, wouldBePurged(counted(ids.length, 'message')))
  }
  let recipients = 0
  const missed = await forEachId(ids, { io, json: flags.json }, async (id) => {
    const result = await operator.named({ action: verb.action, id, hold })
    recipients += result.recipients
    if (flags.json) printJson(io.out, { id, ...result })
    else io.out.write(`${printable(id)}: ${sentence(verb, result, '')}`)
  })
  return missed || recipients === 0 ? exitStatus.no : exitStatus.ok
}

const wouldBePurged = (what: string): string =>
  `${what} would be purged; "sluice reopen" undoes it as long as the content is kept`

const statusOf = ({ recipients }: OperationResult): number =>
  recipients > 0 ? exitStatus.ok : exitStatus.no

function print({ verb, io, flags }: Asked, result: OperationResult, would: string): void {
  if (flags.json) printJson(io.out, result)
  else io.out.write(sentence(verb, result, would))
}

function sentence(verb: ActionVerb, result: OperationResult, would: string): string {
  const gone =
    result.content_gone === undefined
      ? ''
      : `${counted(result.content_gone, 'recipient')} not changed: the content is not kept any more.\n`
  if (result.recipients === 0) return gone === '' ? nothingMatches(verb.action) : gone
  const flying =
    result.in_flight === 0
      ? ''
      : `; ${result.in_flight} of them in flight: that attempt is not interrupted${verb.inFlight ?? ''}`
  const stopped = result.stopped === true ? '; it was stopped before its end' : ''
  return `${outcome(verb, result, would)}${flying}${stopped}.\n${gone}`
}

function nothingMatches(action: Action): string {
  if (action === 'reopen') return 'nothing matches.\n'
  if (action !== 'release') return 'nothing open matches.\n'
  return 'nothing open matches that this party holds; --party P releases what another party holds.\n'
}

/** What was done to how many. Those that a hold keeps back are not counted as retried. */
function outcome({ action, done }: ActionVerb, result: OperationResult, would: string): string {
  const { recipients, still_held: held } = result
  if (held === undefined) return `${describe(result)} ${would}${done}`
  if (action === 'release') {
    return `${describe(result)} ${would}${done}; ${held} of them stay held by another party ("sluice why ID" names it)`
  }
  if (held === recipients) return `${describe(result)} not ${would}${done}: held, ${untilReleased}`
  const others = held === 1 ? 'the other one is' : `the other ${held} are`
  return `${recipients - held} of ${describe(result)} ${would}${done}; ${others} held, ${untilReleased}`
}

const untilReleased = 'and tried once released ("sluice why ID" says by whom)'

const describe = ({ recipients, messages }: OperationResult): string =>
  `${counted(recipients, 'recipient')} of ${counted(messages, 'message')}`

/** `sluice retry`: makes deferred recipients due now. They expire no sooner for it. */
export const retry = actionVerb({ action: 'retry', done: 'retried' })

/** `sluice hold`: holds messages until they are released, or for as long as `--for` says. */
export const hold = actionVerb({
  action: 'hold',
  done: 'held',
  inFlight: ', and is the last until a release',
  flags: [
    ['--for AGE', 'how long, such as 30m or 2d; default: until released'],
    ['--party P', 'operator or restore, instead of the customer'],
  ],
})

/** `sluice release`: lifts the customer's holds; those of others only when `--party` names them. */
export const release = actionVerb({
  action: 'release',
  done: 'released',
  flags: [['--party P', 'whose holds: operator or restore, instead of the customer']],
})

/** `sluice purge`: takes out of the queue, without a bounce message. Asks a person first; a script says `--yes`. */
export const purge = actionVerb({
  action: 'purge',
  done: 'purged',
  inFlight: ', and is the last',
  flags: [['--yes', 'do not ask for confirmation; needed in a script']],
})

/** `sluice reopen`: sends again what bounced, expired or was purged, as long as its content is kept. */
export const reopen = actionVerb({
  action: 'reopen',
  done: 'reopened',
  meant: 'bounced, expired or cancelled recipient',
})

/** Asks for confirmation; a script needs --yes. Any answer but yes ends the verb. */
async function confirm(io: Io, what: string): Promise<void> {
  if (!io.in.isTTY || !io.out.isTTY) {
    throw new Complaint(exitStatus.usage, `${what}; add --yes to confirm`)
  }
  io.out.write(`${what}. Continue? [y/N] `)
  for await (const line of io.in) {
    if (/^y(es)?$/i.test(line.toString().trim())) return
    break
  }
  throw new Complaint(exitStatus.no, 'nothing was done')
}
