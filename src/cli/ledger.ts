import type { Ledger, LedgerDay } from '../operations/read-ledger.ts'
import { settledStatuses, statusesInUse } from '../words/status.ts'
import { addressOptions, findApi, queryUsage } from './api-address.ts'
import { ApiClient } from './api-client.ts'
import { complaining, readArgs, refuseWords } from './complaint.ts'
import { exitStatus } from './exit-status.ts'
import type { Io } from './io.ts'
import { paint, printable, printJson } from './print.ts'

export const usage = `usage: sluice ledger [options]
options:
  --days          also for each day and submitter, newest day first
${queryUsage}`
const options = {
  ...addressOptions,
  days: { type: 'boolean' },
  json: { type: 'boolean' },
} as const
const width = 12
const outcomes = statusesInUse(settledStatuses)

/** `sluice ledger`: how many recipients were accepted and what became of them. A difference is an alarm, and exit status 1. */
export const run = complaining(async (args: string[], io: Io): Promise<number> => {
  const { values, positionals } = readArgs(args, options, usage)
  refuseWords(positionals, usage)
  const api = new ApiClient(findApi(values))
  const ledger = await api.get<Ledger>('/ledger')
  if (values.json) printJson(io.out, ledger)
  else io.out.write(describe(ledger, io))
  if (values.days) await listDays(api, io, values.json ?? false)
  return ledger.difference === 0 ? exitStatus.ok : exitStatus.no
})

function describe(ledger: Ledger, { out }: Io): string {
  const row = (name: string, count: number): string =>
    `${name.padEnd(16)}${String(count).padStart(width)}`
  const verdict =
    ledger.difference === 0 ? 'the two sides agree' : paint(out, 'red', 'the two sides DISAGREE')
  const lines = [
    row('accepted', ledger.accepted),
    row('reopened', ledger.reopened),
    ...outcomes.map((status) => row(`  ${status}`, ledger[status])),
    row('  open', ledger.open),
    `${row('difference', ledger.difference)}  ${verdict}`,
  ]
  return `${lines.join('\n')}\n`
}

const largestPage = '100'

async function listDays(api: ApiClient, { out }: Io, json: boolean): Promise<void> {
  const heading = ['accepted', 'reopened', ...outcomes].map((name) => name.padStart(width)).join('')
  if (!json) out.write(`\n${'DAY'.padEnd(12)}${heading}  SUBMITTER\n`)
  for await (const page of api.pages<LedgerDay>('/ledger/days', { limit: largestPage })) {
    for (const row of page) {
      if (json) printJson(out, row)
      else out.write(describeDay(row))
    }
  }
}

function describeDay(row: LedgerDay): string {
  const counts = [row.accepted, row.reopened, ...outcomes.map((status) => row[status])]
  const numbers = counts.map((count) => String(count).padStart(width)).join('')
  return `${row.day}  ${numbers}  ${row.submitter.kind} ${printable(row.submitter.id)}\n`
}
