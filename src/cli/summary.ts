import type { OpenDestination, OpenSubmitter } from '../operations/list-open.ts'
import { replyOrFinding } from '../operations/explain.ts'
import type { Summary } from '../operations/summarize.ts'
import { systemClock } from '../time/clock.ts'
import { describeDuration } from '../time/duration.ts'
import { openStatuses, statusesInUse, type OpenStatus } from '../words/status.ts'
import { submitterName } from '../words/submitter.ts'
import { addressOptions, findApi, queryUsage } from './api-address.ts'
import { ApiClient } from './api-client.ts'
import { complaining, readArgs, refuseWords } from './complaint.ts'
import { exitStatus } from './exit-status.ts'
import { wrongUsage } from './forms.ts'
import type { Io, Output } from './io.ts'
import { columnsOf, counted, fit, printable, printJson } from './print.ts'

export const usage = `usage: sluice summary [options]
options:
  --by WHAT       destination (default), or submitter: the account or network the mail was
                  taken from; "sender" is the same
  --limit N       show at most so many, those with the most first; default 20
  --destination D only this domain
  --submitter S   only this submitter (KIND:ID)
  --account NAME  the same as --submitter account:NAME
${queryUsage}`
const options = {
  ...addressOptions,
  by: { type: 'string' },
  limit: { type: 'string' },
  destination: { type: 'string' },
  submitter: { type: 'string' },
  account: { type: 'string' },
  json: { type: 'boolean' },
} as const

type Group = OpenDestination | OpenSubmitter
type Kind = 'destination' | 'submitter'

interface Asked {
  by: Kind
  limit: number
  /** Empty: all. */
  filter: Readonly<Record<string, string>>
}

/** `sluice summary`: what waits, where, since when, why, and until when. */
export const run = complaining(async (args: string[], io: Io): Promise<number> => {
  const { values, positionals } = readArgs(args, options, usage)
  refuseWords(positionals, usage)
  const asked = readAsked(values)
  const api = new ApiClient(findApi(values))
  const filtered = Object.keys(asked.filter).length > 0
  const queue = values.json ? null : await api.get<Summary>('/queue/summary')
  if (queue && !filtered) io.out.write(describeAll(queue))
  const groups = await firstOf(api, asked)
  if (values.json) for (const group of groups) printJson(io.out, group)
  else printTable(io.out, asked.by, groups)
  if (queue) io.out.write(describeEnd(asked, groups.length, queue))
  return groups.length === 0 && filtered ? exitStatus.no : exitStatus.ok
})

const kinds: Readonly<Record<string, Kind>> = {
  destination: 'destination',
  submitter: 'submitter',
  sender: 'submitter',
}
const usualLimit = 20
const largestPage = 100

type Flags = Partial<Record<'by' | 'limit' | 'destination' | 'submitter' | 'account', string>>

function readAsked({ by, limit, destination, account, ...flags }: Flags): Asked {
  const submitter = account === undefined ? flags.submitter : `account:${account}`
  if (destination !== undefined && submitter !== undefined) {
    throw wrongUsage('either a destination or a submitter can be asked for', usage)
  }
  const implied = submitter === undefined ? 'destination' : 'submitter'
  const kind = by === undefined ? implied : kinds[by]
  if (kind === undefined) throw wrongUsage(`--by: ${Object.keys(kinds).join(' | ')}`, usage)
  const filter = {
    ...(destination !== undefined && { destination }),
    ...(submitter !== undefined && { submitter }),
  }
  const [named] = Object.keys(filter)
  if (named !== undefined && named !== kind) {
    throw wrongUsage(`--${named} does not go with --by ${kind}`, usage)
  }
  if (limit !== undefined && !/^[1-9]\d{0,6}$/.test(limit)) {
    throw wrongUsage('--limit must be a whole number, at least 1', usage)
  }
  return { by: kind, limit: limit === undefined ? usualLimit : Number(limit), filter }
}

/** As many pages as that takes. */
async function firstOf(api: ApiClient, { by, limit, filter }: Asked): Promise<Group[]> {
  const query = { ...filter, limit: String(Math.min(limit, largestPage)) }
  const groups: Group[] = []
  for await (const page of api.pages<Group>(`/queue/${by}s`, query)) {
    groups.push(...page.slice(0, limit - groups.length))
    if (groups.length >= limit) break
  }
  return groups
}

const shown = statusesInUse(openStatuses)
const counts = (of: Readonly<Record<OpenStatus, number>>): string =>
  shown.map((status) => `${of[status]} ${status.replace('_', ' ')}`).join(', ')

/** The whole queue, and how much of it is our own mail. */
function describeAll({ open, own, oldest_accepted_at: oldest }: Summary): string {
  if (open.total === 0) return ''
  const age = oldest === null ? '' : `; the oldest for ${ageOf(oldest)}`
  const ours = `; of them ${own.open} of Sluice's own bounce messages`
  return `-- ${counted(open.total, 'recipient')}: ${counts(open)}${age}${own.open > 0 ? ours : ''}.\n`
}

const widths = { name: 30, count: 9, oldest: 11 }
const gap = '  '

function printTable(out: Output, by: Kind, groups: readonly Group[]): void {
  if (groups.length === 0) return
  const heading = [
    by.toUpperCase().padEnd(widths.name),
    ...['open', 'own', ...shown].map((name) => name.toUpperCase().padStart(widths.count)),
    'OLDEST'.padEnd(widths.oldest),
    'WHY',
  ]
  out.write(`${heading.join(gap)}\n`)
  for (const group of groups) out.write(describeGroup(out, group))
}

function describeGroup(out: Output, group: Group): string {
  const name = 'destination' in group ? group.destination : submitterName(group.submitter)
  const numbers = [group.open, group.own, ...shown.map((status) => group[status])]
  const age = group.oldest_accepted_at === null ? '' : ageOf(group.oldest_accepted_at)
  const fixed = widths.name + numbers.length * (widths.count + 2) + widths.oldest + 4
  const columns = [
    fit(out, printable(name), widths.name).padEnd(widths.name),
    ...numbers.map((count) => String(count).padStart(widths.count)),
    age.padEnd(widths.oldest),
    fit(out, printable(whyOf(group)), Math.max(40, columnsOf(out) - fixed)),
  ]
  return `${columns.join(gap).trimEnd()}\n`
}

/** `hosts left alone for 4 min: connection refused; 2 min ago mx.test: 451 4.7.1 Try later; next in 3 min` */
function whyOf({ rest, last_reply: reply, next_due_at: next }: Group): string {
  const parts = [
    rest && `hosts left alone for ${untilOf(rest.until)}: ${rest.cause}`,
    reply &&
      `${ageOf(reply.at)} ago${reply.host === null ? '' : ` ${reply.host}`}: ${replyOrFinding(reply)}`,
    next !== null && Date.parse(next) > systemClock.now() && `next try in ${untilOf(next)}`,
  ]
  return parts.filter((part) => typeof part === 'string').join('; ')
}

const ageOf = (time: string): string =>
  describeDuration(Math.max(0, systemClock.now() - Date.parse(time)))
const untilOf = (time: string): string =>
  describeDuration(Math.max(0, Date.parse(time) - systemClock.now()))

/** How many more there are; and with the sandbox a reminder that nothing leaves. */
function describeEnd({ by, filter }: Asked, found: number, queue: Summary): string {
  const filtered = Object.keys(filter).length > 0
  const all = by === 'destination' ? queue.destination_count : queue.submitter_count
  const more = filtered ? 0 : Math.max(0, all - found)
  const nothing = filtered ? 'Nothing matches.\n' : 'The queue is empty.\n'
  const rest = more === 0 ? '' : `-- and ${counted(more, `more ${by}`)}; --limit N shows more.\n`
  const sandbox =
    queue.route === 'sandbox' ? 'Sandbox: all mail is swallowed here, nothing leaves.\n' : ''
  return `${found === 0 ? nothing : rest}${sandbox}`
}
