/**
 * What retry, hold, release and purge share: they take ids, or filters, or --all; say what they touched; and end with 1
 * where that was nothing.
 */
import type { OperationResult } from '../operations/operate.ts'
import { rfc3339, systemClock } from '../time/clock.ts'
import { parseDuration } from '../time/duration.ts'
import { addressOptions, findApi } from './api-address.ts'
import { ApiClient } from './api-client.ts'
import { Complaint, complaining, readArgs } from './complaint.ts'
import { exitStatus } from './exit-status.ts'
import { filterOf, filterOptions, filterUsage } from './filter-flags.ts'
import { forEachId, readIds } from './ids.ts'
import type { Io, Verb } from './io.ts'
import { counted, printJson } from './print.ts'

interface Action {
  name: 'retry' | 'hold' | 'release' | 'purge'
  /** As in "3 recipients retried". */
  done: string
  /** Flags of its own, as the usage shows them. */
  flags?: string
}

const options = {
  ...filterOptions,
  ...addressOptions,
  all: { type: 'boolean' },
  reason: { type: 'string' },
  for: { type: 'string' },
  yes: { type: 'boolean' },
  'dry-run': { type: 'boolean' },
  json: { type: 'boolean' },
} as const

const usageOf = ({ name, flags = '' }: Action): string =>
  `usage: sluice ${name} ID… | - | filters | --all [--reason TEXT]${flags} [--dry-run] [--json] [--url URL] [--key KEY]\n${filterUsage}`

/** The verb for an action. */
export const operateVerb = (action: Action): Verb =>
  complaining(async (args, io) => {
    const usage = usageOf(action)
    const { values, positionals } = readArgs(args, options, usage)
    const filter = filterOf(values)
    const named = positionals.length > 0
    const filtered = Object.keys(filter).length > 0 || values.all === true
    if (named === filtered) {
      const why = named ? 'ids or filters, not both' : 'which messages? Name ids, filters or --all'
      throw new Complaint(exitStatus.usage, `${why}\n${usage}`)
    }
    const asked: Asked = {
      action,
      io,
      api: new ApiClient(findApi(values)),
      hold: readHold(action, values, usage),
      json: values.json ?? false,
      yes: values.yes ?? action.name !== 'purge',
    }
    if (!named)
      return byFilter(asked, { filter, all: values.all ?? false }, values['dry-run'] ?? false)
    if (values['dry-run'] || (asked.hold.reason !== undefined && action.name !== 'hold')) {
      throw new Complaint(exitStatus.usage, `--dry-run and --reason go with filters here\n${usage}`)
    }
    return byId(asked, await readIds(positionals, io, usage))
  })

interface Asked {
  action: Action
  io: Io
  api: ApiClient
  hold: { reason?: string; until?: string }
  json: boolean
  /** Whether nothing needs to be asked back. */
  yes: boolean
}

function readHold(
  { name }: Action,
  flags: { reason?: string | undefined; for?: string | undefined },
  usage: string,
): Asked['hold'] {
  const reason = flags.reason === undefined ? {} : { reason: flags.reason }
  if (flags.for === undefined) return reason
  const ms = parseDuration(flags.for)
  if (ms === undefined || ms === 0 || name !== 'hold') {
    throw new Complaint(
      exitStatus.usage,
      `--for is how long a hold lasts, like 30m or 2d\n${usage}`,
    )
  }
  return { ...reason, until: rfc3339(systemClock.now() + ms) }
}

async function byFilter(
  asked: Asked,
  what: { filter: object; all: boolean },
  dryRun: boolean,
): Promise<number> {
  const { action, api, hold, io } = asked
  const ask = (dry_run: boolean): Promise<OperationResult> =>
    api.post('/queue/operations', { action: action.name, ...what, dry_run, ...hold })
  if (dryRun) {
    const found = await ask(true)
    print(asked, found, 'would be ')
    return statusOf(found)
  }
  if (!asked.yes) {
    const found = await ask(true)
    if (found.recipients === 0) return tell(asked, found)
    await confirm(io, `${describe(found)} would be ${action.done}`)
  }
  return tell(asked, await ask(false))
}

async function byId(asked: Asked, ids: readonly string[]): Promise<number> {
  const { action, api, hold, io } = asked
  if (!asked.yes && ids.length > 0) {
    await confirm(io, `${counted(ids.length, 'message')} would be ${action.done}`)
  }
  let recipients = 0
  const missed = await forEachId(ids, io, async (id, path) => {
    const result =
      action.name === 'purge'
        ? await api.delete<OperationResult>(path)
        : await api.post<OperationResult>(`${path}/${action.name}`, hold)
    recipients += result.recipients
    if (!asked.json) io.out.write(`${id}: `)
    print(asked, result, '')
  })
  return missed || recipients === 0 ? exitStatus.no : exitStatus.ok
}

function tell(asked: Asked, result: OperationResult): number {
  print(asked, result, '')
  return statusOf(result)
}

const statusOf = ({ recipients }: OperationResult): number =>
  recipients > 0 ? exitStatus.ok : exitStatus.no

function print({ action, io, json }: Asked, result: OperationResult, would: string): void {
  if (json) {
    printJson(io.out, result)
    return
  }
  const flying =
    result.in_flight === 0
      ? ''
      : `; ${result.in_flight} in flight, ending as they end and not tried again`
  io.out.write(
    result.recipients === 0
      ? 'nothing open matches.\n'
      : `${describe(result)} ${would}${action.done}${flying}.\n`,
  )
}

const describe = ({ recipients, messages }: OperationResult): string =>
  `${counted(recipients, 'recipient')} of ${counted(messages, 'message')}`

/** Asks a person; a script must have said --yes before. Anything but a clear yes ends the verb. */
async function confirm(io: Io, what: string): Promise<void> {
  if (!io.in.isTTY || !io.out.isTTY) {
    throw new Complaint(exitStatus.usage, `${what} for good. Say --yes to do it.`)
  }
  io.out.write(`${what} for good. Do it? [y/N] `)
  for await (const line of io.in) {
    if (/^y(es)?$/i.test(line.toString().trim())) return
    break
  }
  throw new Complaint(exitStatus.no, 'nothing was done.')
}
