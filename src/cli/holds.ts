import type { OperationResource } from '../operations/operation-resource.ts'
import type { OperationResult } from '../operations/operate.ts'
import {
  describeNoSuchHold,
  liftHold,
  readHoldTarget,
  setHold,
  type Hold,
  type HoldTarget,
} from '../operations/standing-holds.ts'
import { rfc3339, systemClock } from '../time/clock.ts'
import { parseDuration } from '../time/duration.ts'
import { holdScopes, type HoldScope } from '../words/hold-scope.ts'
import type { Party } from '../words/party.ts'
import { addressOptions, findApi, queryUsage } from './api-address.ts'
import { ApiClient } from './api-client.ts'
import { Complaint, complaining, readArgs } from './complaint.ts'
import { exitStatus } from './exit-status.ts'
import type { Io } from './io.ts'
import { readParty } from './operate-as-party.ts'
import { counted, printable, printJson } from './print.ts'
import { nothingChanged, withStore } from './store-connection.ts'
import { watchOperation } from './watch-operation.ts'

export const usage = `usage: sluice holds [options]
       sluice holds set account NAME | tag TAG | destination DOMAIN | all [options]
       sluice holds lift account NAME | tag TAG | destination DOMAIN | all [options]
options:
  --reason TEXT   shown with the hold; recorded in the events
  --for AGE       how long, such as 30m or 2d; default: until it is lifted
  --party P       operator or restore, instead of the customer
${queryUsage}`

const options = {
  ...addressOptions,
  reason: { type: 'string' },
  for: { type: 'string' },
  party: { type: 'string' },
  json: { type: 'boolean' },
} as const

type Flags = ReturnType<typeof readArgs<typeof options>>['values']

/** `sluice holds`: lists the standing holds, sets one, lifts one. */
export const run = complaining(async (args: string[], io: Io): Promise<number> => {
  const { values, positionals } = readArgs(args, options, usage)
  const [verb, ...words] = positionals
  if (verb === undefined) return list(new ApiClient(findApi(values)), io, values.json ?? false)
  if (verb !== 'set' && verb !== 'lift') {
    throw new Complaint(exitStatus.usage, `unexpected argument "${verb}"\n${usage}`)
  }
  const change = readChange(verb, words, values)
  const result = await (values.party === undefined
    ? byApi(change, new ApiClient(findApi(values)), io)
    : byStore(change, readParty(values.party), io))
  if (values.json) printJson(io.out, result)
  else io.out.write(`${sentence(change, result)}\n`)
  return exitStatus.ok
})

interface Change extends HoldTarget {
  verb: 'set' | 'lift'
  reason: string | null
  until: number | null
}

function readChange(verb: Change['verb'], words: readonly string[], flags: Flags): Change {
  const [word, value = '', ...more] = words
  const scope = holdScopes.find((each): each is HoldScope => each === word)
  const tooMany = scope === 'all' ? words[1] : more[0]
  if (scope === undefined) {
    const why = word === undefined ? 'is missing' : `can not be "${word}"`
    throw new Complaint(
      exitStatus.usage,
      `holds ${verb}: ${holdScopes.join(' | ')} ${why}\n${usage}`,
    )
  }
  if (scope !== 'all' && value === '') {
    const missing = { account: 'NAME', tag: 'TAG', destination: 'DOMAIN' }[scope]
    throw new Complaint(exitStatus.usage, `holds ${verb} ${scope}: ${missing} is missing\n${usage}`)
  }
  if (tooMany !== undefined) {
    throw new Complaint(exitStatus.usage, `unexpected argument "${tooMany}"\n${usage}`)
  }
  const now = systemClock.now()
  const target = readHoldTarget(scope, value, now)
  if ('problem' in target) {
    throw new Complaint(exitStatus.usage, `invalid ${scope} "${value}": it ${target.problem}`)
  }
  const duration = flags.for === undefined ? null : (parseDuration(flags.for) ?? 0)
  if (duration !== null && (verb === 'lift' || duration <= 0)) {
    throw new Complaint(exitStatus.usage, '--for is how long a hold lasts, such as 30m or 2d')
  }
  if (verb === 'lift' && flags.reason !== undefined) {
    throw new Complaint(exitStatus.usage, '--reason is for holds set')
  }
  const until = duration === null ? null : now + duration
  return { verb, ...target, reason: flags.reason ?? null, until }
}

/** As a customer, with an API key. */
async function byApi(change: Change, api: ApiClient, io: Io): Promise<OperationResult> {
  const { verb, scope, value, reason, until } = change
  const path = scope === 'all' ? '/holds/all' : `/holds/${scope}/${encodeURIComponent(value)}`
  const body = {
    ...(reason !== null && { reason }),
    ...(until !== null && { until: rfc3339(until) }),
  }
  const answer = await (verb === 'set'
    ? api.operate<OperationResult | OperationResource>('PUT', path, body)
    : api.operate<OperationResult | OperationResource>('DELETE', path))
  return 'state' in answer ? watchOperation(api, io, answer) : answer
}

/** As another party than the customer, whose holds an API key can't lift. */
const byStore = (
  { verb, scope, value, reason, until }: Change,
  party: Party,
  io: Io,
): Promise<OperationResult> =>
  withStore(io, async (store) => {
    const port = store.as({ kind: 'party', id: party })
    const outcome = await (verb === 'set'
      ? setHold(port, { scope, value, party, reason, until })
      : liftHold(port, { scope, value, party }))
    switch (outcome.kind) {
      case 'done':
        return outcome.result
      case 'no such hold':
        throw new Complaint(exitStatus.no, describeNoSuchHold({ scope, value, party }, outcome))
      case 'unavailable':
        throw nothingChanged(outcome.cause)
      case 'begun':
        throw new Error('the operation was not waited for')
    }
  })

const nameOf = ({ scope, value }: { scope: string; value: string }): string =>
  scope === 'all' ? 'all' : `${scope} ${value}`

const sentence = (change: Change, { recipients, stopped }: OperationResult): string =>
  printable(
    change.verb === 'set'
      ? `Hold set for ${nameOf(change)}; ${counted(recipients, 'queued recipient')} held.`
      : `Hold lifted for ${nameOf(change)}; ${counted(recipients, 'recipient')} taken out of it.`,
  ) + (stopped === true ? ' It was stopped before its end.' : '')

async function list(api: ApiClient, io: Io, json: boolean): Promise<number> {
  let found = 0
  for await (const page of api.pages<Hold>('/holds', { limit: '100' })) {
    for (const hold of page) {
      found += 1
      if (json) printJson(io.out, hold)
      else io.out.write(`${describe(hold)}\n`)
    }
  }
  if (found === 0 && !json) io.out.write('There are no standing holds.\n')
  return exitStatus.ok
}

function describe(hold: Hold): string {
  const until = hold.until === null ? '' : `, until ${hold.until}`
  const reason = hold.reason === null ? '' : `: ${hold.reason}`
  return printable(
    `${nameOf(hold).padEnd(32)}  by ${hold.party} since ${hold.created_at}${until}${reason}`,
  )
}
