import type { OperationResource } from '../operations/operation-resource.ts'
import { addressOptions, findApi, queryUsage } from './api-address.ts'
import { ApiClient } from './api-client.ts'
import { Complaint, complaining, readArgs } from './complaint.ts'
import { exitStatus } from './exit-status.ts'
import type { Io, Output } from './io.ts'
import { columnsOf, counted, fit, printable, printJson } from './print.ts'

export const usage = `usage: sluice operations [--limit N] [options]
       sluice operations ID [options]
       sluice operations stop ID [options]
options:
  --limit N       maximum in the list, 1 to 100; default 25
${queryUsage}`

const options = {
  ...addressOptions,
  limit: { type: 'string' },
  json: { type: 'boolean' },
} as const

/** `sluice operations`: lists retries, holds, releases and purges, newest first; shows one, or stops one. */
export const run = complaining(async (args: string[], io: Io): Promise<number> => {
  const { values, positionals } = readArgs(args, options, usage)
  const [first, second, ...more] = positionals
  const stops = first === 'stop'
  const named = stops ? second : first
  const unexpected = stops ? more[0] : second
  if (unexpected !== undefined) {
    throw new Complaint(exitStatus.usage, `unexpected argument "${unexpected}"\n${usage}`)
  }
  if (stops && named === undefined) {
    throw new Complaint(exitStatus.usage, `operations stop: ID is missing\n${usage}`)
  }
  const asked = { api: new ApiClient(findApi(values)), io, json: values.json ?? false }
  if (named === undefined) return list(asked, readLimit(values.limit))
  const path = `/operations/${encodeURIComponent(named)}`
  const { api, json } = asked
  const operation = await (stops
    ? api.post<OperationResource>(`${path}/stop`)
    : api.get<OperationResource>(path))
  if (json) printJson(io.out, operation)
  else io.out.write(describe(operation))
  return exitStatus.ok
})

interface Asked {
  api: ApiClient
  io: Io
  json: boolean
}

function readLimit(text = '25'): string {
  if (/^([1-9]\d?|100)$/.test(text)) return text
  throw new Complaint(exitStatus.usage, `invalid --limit "${text}": a number from 1 to 100`)
}

async function list({ api, io, json }: Asked, limit: string): Promise<number> {
  const { data } = await api.get<{ data: OperationResource[] }>('/operations', { limit })
  if (data.length > 0 && !json) io.out.write(heading)
  for (const operation of data) {
    if (json) printJson(io.out, operation)
    else printRow(io.out, operation)
  }
  if (data.length === 0 && !json) io.out.write('There are no operations.\n')
  return exitStatus.ok
}

const widths = { id: 26, started: 20, action: 9, state: 7, recipients: 10 }

const heading = `${[
  'ID'.padEnd(widths.id),
  'STARTED'.padEnd(widths.started),
  'ACTION'.padEnd(widths.action),
  'STATE'.padEnd(widths.state),
  'RECIPIENTS'.padStart(widths.recipients),
  'FILTER',
].join('  ')}\n`

/** On a terminal the filter takes what is left of the line. */
function printRow(out: Output, operation: OperationResource): void {
  const used = Object.values(widths).reduce((sum, width) => sum + width + 2, 0)
  const columns = [
    operation.id,
    toSeconds(operation.started_at),
    operation.action.padEnd(widths.action),
    operation.state.padEnd(widths.state),
    String(operation.counts.recipients).padStart(widths.recipients),
    fit(out, printable(filterText(operation)), Math.max(40, columnsOf(out) - used)),
  ]
  out.write(`${columns.join('  ').trimEnd()}\n`)
}

const toSeconds = (time: string): string => time.replace(/\.\d+/, '')

/** The filter as one text. */
const filterText = ({ filter }: OperationResource): string => {
  const parts = Object.entries(filter).map(([name, value]) => `${name}=${String(value)}`)
  return parts.length > 0 ? parts.join(' ') : 'all'
}

function describe(operation: OperationResource): string {
  const { counts } = operation
  const optional = (name: string, value: string | number | null | undefined): string[] =>
    value === null || value === undefined ? [] : [row(name, String(value))]
  return `${[
    row('id', operation.id),
    row('action', operation.action),
    row('filter', filterText(operation)),
    row('state', operation.state),
    row(
      'touched',
      `${counted(counts.recipients, 'recipient')} of ${counted(counts.messages, 'message')}`,
    ),
    row('in flight', String(counts.in_flight)),
    ...optional('still held', counts.still_held),
    row('asked by', `${operation.actor} as ${operation.party}`),
    ...optional('reason', operation.reason),
    ...optional('until', operation.until),
    row('started', operation.started_at),
    ...optional('ended', operation.ended_at),
  ].join('\n')}\n`
}

const row = (name: string, value: string): string => `${name.padEnd(12)}${printable(value)}`
