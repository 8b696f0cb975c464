import type { Refused, RefusalResource } from '../operations/refusals.ts'
import type { Summary } from '../operations/summarize.ts'
import { describeRefusal, refusalReasons, strangers } from '../words/refusal-reason.ts'
import { submitterName, type Submitter } from '../words/submitter.ts'
import { addressOptions, findApi, queryUsage } from './api-address.ts'
import { ApiClient } from './api-client.ts'
import { complaining, readArgs, refuseWords } from './complaint.ts'
import { exitStatus } from './exit-status.ts'
import type { Io, Output } from './io.ts'
import { columnsOf, fit, printable, printJson } from './print.ts'

export const usage = `usage: sluice refusals [options]
options:
  --hours         list by hour, submitter and reason, newest first
  --submitter S   list only those of a submitter (KIND:ID), or of "${strangers}":
                  clients that had not logged in
  --account NAME  the same as --submitter account:NAME
  --reason R      list only those with this reason
${queryUsage}
reasons:
${refusalReasons.map((reason) => `  ${reason.padEnd(24)}${describeRefusal(reason)}`).join('\n')}`
const options = {
  ...addressOptions,
  hours: { type: 'boolean' },
  submitter: { type: 'string' },
  account: { type: 'string' },
  reason: { type: 'string' },
  json: { type: 'boolean' },
} as const

const largestPage = '100'

/** `sluice refusals`: what the SMTP server refused lately, in sums or hour by hour. */
export const run = complaining(async (args: string[], io: Io): Promise<number> => {
  const { values, positionals } = readArgs(args, options, usage)
  refuseWords(positionals, usage)
  const { account, reason } = values
  const submitter = account === undefined ? values.submitter : `account:${account}`
  const query = {
    ...(submitter !== undefined && { submitter }),
    ...(reason !== undefined && { reason }),
  }
  const api = new ApiClient(findApi(values))
  const filtered = Object.keys(query).length > 0
  if (values.hours || filtered) return listHours(api, io.out, query, values.json ?? false)
  const { refused } = await api.get<Summary>('/queue/summary')
  if (values.json) printJson(io.out, refused)
  else io.out.write(describe(refused, io.out))
  return exitStatus.ok
})

async function listHours(
  api: ApiClient,
  out: Output,
  query: Record<string, string>,
  json: boolean,
): Promise<number> {
  let rows = 0
  for await (const page of api.pages<RefusalResource>('/refusals', {
    ...query,
    limit: largestPage,
  })) {
    for (const row of page) {
      if (rows++ === 0 && !json) out.write(heading)
      if (json) printJson(out, row)
      else out.write(describeRow(row, out))
    }
  }
  const filtered = Object.keys(query).length > 0
  if (rows === 0 && !json) out.write(filtered ? 'Nothing matches.\n' : 'Nothing was refused.\n')
  return rows === 0 && filtered ? exitStatus.no : exitStatus.ok
}

const widths = { hour: 16, count: 8, reason: 23, submitter: 28 }

const heading = `${[
  'HOUR (UTC)'.padEnd(widths.hour),
  'COUNT'.padStart(widths.count),
  'REASON'.padEnd(widths.reason),
  'SUBMITTER'.padEnd(widths.submitter),
  'LAST REPLY',
].join('  ')}\n`

/** On a terminal the last reply takes what is left of the line. */
function describeRow(row: RefusalResource, out: Output): string {
  const used = Object.values(widths).reduce((sum, width) => sum + width + 2, 0)
  const columns = [
    row.hour.slice(0, 16).replace('T', ' ').padEnd(widths.hour),
    String(row.count).padStart(widths.count),
    row.reason.padEnd(widths.reason),
    fit(out, printable(nameOf(row.submitter)), widths.submitter).padEnd(widths.submitter),
    fit(out, printable(row.last_text), Math.max(40, columnsOf(out) - used)),
  ]
  return `${columns.join('  ').trimEnd()}\n`
}

const nameOf = (submitter: Submitter | null): string =>
  submitter === null ? strangers : submitterName(submitter)

type Sums = Pick<Refused, 'last_hour' | 'last_24_hours'>

function describe(refused: Refused, out: Output): string {
  const row = (name: string, { last_hour: hour, last_24_hours: day }: Sums): string =>
    `${name.padEnd(40)}${String(hour).padStart(12)}${String(day).padStart(12)}`
  const reasons = (of: Pick<Refused, 'by_reason'>): string[] =>
    of.by_reason.map((each) => row(`  ${each.reason}`, each))
  const lines = [
    `${''.padEnd(40)}${'LAST HOUR'.padStart(12)}${'LAST 24 H'.padStart(12)}`,
    row('refused to submitters', refused),
    ...reasons(refused),
    ...refused.by_submitter.map((each) =>
      row(`  ${fit(out, printable(submitterName(each.submitter)), 37)}`, each),
    ),
    row(`refused to ${strangers} (not logged in)`, refused.strangers),
    ...reasons(refused.strangers),
  ]
  return `${lines.join('\n')}\n`
}
