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
import { counted, cut, describeBytes, paintStatus, printable, printJson } from './print.ts'

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
      if (totals.messages === 0 && !values.json) io.out.write(heading)
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

const widths = { id: 26, age: 11, size: 8, from: 28, recipients: 6, status: 10, why: 60 }

const heading = `${[
  'ID'.padEnd(widths.id),
  'AGE'.padEnd(widths.age),
  'SIZE'.padStart(widths.size),
  'FROM'.padEnd(widths.from),
  'RCPTS'.padStart(widths.recipients),
  'STATUS'.padEnd(widths.status),
  'WHY',
].join('  ')}\n`

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
  const columns = [
    message.id,
    describeDuration(now - Date.parse(message.accepted_at)).padEnd(widths.age),
    describeBytes(message.size_bytes).padStart(widths.size),
    cut(printable(message.from || '<>'), widths.from).padEnd(widths.from),
    String(message.recipient_count).padStart(widths.recipients),
    paintStatus(out, status, status.padEnd(widths.status)),
    cut(printable(explainBriefly(message, now)), widths.why),
  ]
  out.write(`${columns.join('  ').trimEnd()}\n`)
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
