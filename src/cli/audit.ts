import type { AuditEntry } from '../operations/read-audit.ts'
import { auditedActions } from '../words/audit.ts'
import { addressOptions, findApi, queryUsage } from './api-address.ts'
import { ApiClient } from './api-client.ts'
import { complaining, readArgs, refuseWords } from './complaint.ts'
import { exitStatus } from './exit-status.ts'
import { wrongUsage } from './forms.ts'
import type { Io, Output } from './io.ts'
import { columnsOf, fit, printable, printJson } from './print.ts'

export const usage = `usage: sluice audit [options]
options:
  --actor WHO     only what one did: key:ID, party:operator, …
  --action A      only one kind of change
  --limit N       so many at most, newest first; default 100
${queryUsage}
actions: ${auditedActions.join(', ')}`

const options = {
  ...addressOptions,
  actor: { type: 'string' },
  action: { type: 'string' },
  limit: { type: 'string' },
  json: { type: 'boolean' },
} as const

const usualLimit = '100'
const largestPage = 100

/** `sluice audit`: who changed what, and who read content, newest first. */
export const run = complaining(async (args: string[], io: Io): Promise<number> => {
  const { values, positionals } = readArgs(args, options, usage)
  refuseWords(positionals, usage)
  const { actor, action, json = false } = values
  const limit = readLimit(values.limit)
  const query = {
    ...(actor !== undefined && { actor }),
    ...(action !== undefined && { action }),
    limit: String(Math.min(limit, largestPage)),
  }
  let shown = 0
  pages: for await (const page of new ApiClient(findApi(values)).pages<AuditEntry>(
    '/audit',
    query,
  )) {
    for (const entry of page) {
      if (shown === limit) break pages
      if (shown++ === 0 && !json) io.out.write(heading)
      if (json) printJson(io.out, entry)
      else io.out.write(describe(entry, io.out))
    }
  }
  if (shown === 0 && !json) io.out.write('Nothing is on record.\n')
  return exitStatus.ok
})

function readLimit(text = usualLimit): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text)
  throw wrongUsage(`--limit "${text}": a number from 1 to 999999`, usage)
}

const widths = { at: 20, actor: 28, action: 14 }
const heading = `${'AT'.padEnd(widths.at)}  ${'WHO'.padEnd(widths.actor)}  ${'WHAT'.padEnd(widths.action)}  TO WHAT\n`

/** On a terminal the last column takes what is left of the line. */
function describe(entry: AuditEntry, out: Output): string {
  const used = Object.values(widths).reduce((sum, width) => sum + width + 2, 0)
  const columns = [
    entry.at.replace(/\.\d+Z$/, 'Z').padEnd(widths.at),
    fit(out, printable(nameOf(entry)), widths.actor).padEnd(widths.actor),
    entry.action.padEnd(widths.action),
    fit(out, printable(whatOf(entry)), Math.max(40, columnsOf(out) - used)),
  ]
  return `${columns.join('  ').trimEnd()}\n`
}

const nameOf = ({ actor, key_name: name }: AuditEntry): string =>
  name === null ? actor : `${actor} (${name})`

function whatOf({ subject, filter, recipients, reason, detail }: AuditEntry): string {
  const parts = [
    subject,
    filter && Object.keys(filter).length > 0 ? JSON.stringify(filter) : null,
    recipients === null ? null : `${recipients} recipients`,
    reason === null ? null : `"${reason}"`,
    detail && JSON.stringify(detail),
  ]
  return parts.filter((part) => part !== null).join(' ')
}
