import { explainBriefly } from '../operations/explain.ts'
import type { Message } from '../operations/message-resource.ts'
import { describeHeldMail } from '../operations/held-mail.ts'
import type { Hold } from '../operations/standing-holds.ts'
import type { Summary } from '../operations/summarize.ts'
import { openStatuses } from '../words/status.ts'
import { systemClock } from '../time/clock.ts'
import { describeDuration } from '../time/duration.ts'
import { addressOptions, findApi, queryUsage } from './api-address.ts'
import { ApiClient, type Page } from './api-client.ts'
import { complaining, readArgs, refuseWords } from './complaint.ts'
import { exitStatus } from './exit-status.ts'
import { filterOptions, filterUsage, queryOf, type FilterFlags } from './filter-flags.ts'
import type { Io, Output } from './io.ts'
import {
  columnsOf,
  counted,
  describeBytes,
  fit,
  paintStatus,
  printable,
  printJson,
} from './print.ts'

export const usage = `usage: sluice mailq [filters] [options]
${filterUsage}
options:
${queryUsage}`
const options = { ...filterOptions, ...addressOptions, json: { type: 'boolean' } } as const
const largestPage = '100'

interface Totals {
  messages: number
  recipients: number
  bytes: number
}

/** `sluice mailq`: the messages that match, newest first; open ones unless --status names others. */
export const run = complaining(async (args: string[], io: Io): Promise<number> => {
  const { values, positionals } = readArgs(args, options, usage)
  refuseWords(positionals, usage)
  const api = new ApiClient(findApi(values))
  const query = queryOf(values)
  const totals: Totals = { messages: 0, recipients: 0, bytes: 0 }
  const queue = values.json ? null : await api.get<Summary>('/queue/summary')
  if (queue) await printHeld(api, io.out, queue)
  const pages = api.pages<Message>('/queue/messages', { ...query, limit: largestPage })
  for await (const messages of pages) {
    for (const message of messages) {
      if (totals.messages === 0 && !values.json) io.out.write(headingOf(io.out))
      if (values.json) printJson(io.out, message)
      else printRow(io.out, message, statusOf(message, values))
      totals.messages += 1
      totals.recipients += message.recipient_count
      totals.bytes += message.size_bytes
    }
  }
  const filtered = Object.keys(query).length > 0
  if (queue) printEnd(io.out, totals, filtered, queue)
  return totals.messages === 0 && filtered ? exitStatus.no : exitStatus.ok
})

const widths = { id: 26, age: 11, size: 8, status: 10 }
const gap = '  '
/** So wide are the lines of a file where nothing is longer than its column. */
const inFile = 180

/** The columns that share what the others leave of a terminal; a narrow one wraps its lines. */
function textWidths(out: Output): { from: number; to: number; why: number } {
  const fixed = Object.values(widths).reduce((sum, width) => sum + width, 6 * gap.length)
  const rest = Math.max(60, (out.isTTY === true ? columnsOf(out) : inFile) - fixed)
  const [from, to] = [Math.floor(rest / 4), Math.floor(rest / 3)]
  return { from, to, why: rest - from - to }
}

function headingOf(out: Output): string {
  const { from, to } = textWidths(out)
  const columns = [
    'ID'.padEnd(widths.id),
    'AGE'.padEnd(widths.age),
    'SIZE'.padStart(widths.size),
    'FROM'.padEnd(from),
    'TO'.padEnd(to),
    'STATUS'.padEnd(widths.status),
    'WHY',
  ]
  return `${columns.join(gap)}\n`
}

/** The status of the recipients that match; other recipients of the message may have another one. The matching ones come first. */
function statusOf(message: Message, flags: FilterFlags): string {
  const matching = message.recipients[0]?.status ?? ''
  if (flags.to !== undefined || flags.destination !== undefined) return matching
  const asked: readonly string[] = flags.status?.flatMap((each) => each.split(',')) ?? openStatuses
  const found = Object.keys(message.recipient_counts).filter((status) => asked.includes(status))
  return found.length > 1 ? 'mixed' : (found[0] ?? matching)
}

function printRow(out: Output, message: Message, status: string): void {
  const now = systemClock.now()
  const { from, to, why } = textWidths(out)
  const columns = [
    message.id,
    describeDuration(now - Date.parse(message.accepted_at)).padEnd(widths.age),
    describeBytes(message.size_bytes).padStart(widths.size),
    fit(out, printable(message.from || '<>'), from).padEnd(from),
    describeRecipients(out, message, to).padEnd(to),
    paintStatus(out, status, status.padEnd(widths.status)),
    fit(out, printable(explainBriefly(message, now)), why),
  ]
  out.write(`${columns.join(gap).trimEnd()}\n`)
}

/** `anna@example.org +11`: the first recipient, which matches or is open, and how many more there are. */
function describeRecipients(out: Output, message: Message, width: number): string {
  const [first] = message.recipients
  const more = message.recipient_count > 1 ? ` +${message.recipient_count - 1}` : ''
  return fit(out, printable(first?.address ?? ''), width - more.length) + more
}

/** Above the list: what is held, and how it is let go. */
async function printHeld(api: ApiClient, out: Output, { open }: Summary): Promise<void> {
  const { data: holds, next_cursor } = await api.get<Page<Hold>>('/holds', { limit: largestPage })
  const held = { recipients: open.held, holds, more: next_cursor !== null }
  for (const sentence of describeHeldMail(held)) out.write(`-- ${sentence}\n`)
}

/** The closing line, as Postfix has it; and with the sandbox a reminder that nothing leaves. */
function printEnd(
  out: Output,
  { messages, recipients, bytes }: Totals,
  filtered: boolean,
  { route }: Summary,
): void {
  const sum = `${describeBytes(bytes)} in ${counted(messages, 'message')} to ${counted(recipients, 'recipient')}`
  const nothing = filtered ? 'Nothing matches.' : 'The queue is empty.'
  out.write(messages > 0 ? `-- ${sum}.\n` : `${nothing}\n`)
  if (route === 'sandbox') out.write('Sandbox: all mail is swallowed here, nothing leaves.\n')
}
