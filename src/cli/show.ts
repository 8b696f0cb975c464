import { explain, replyOrFinding } from '../operations/explain.ts'
import type { AttemptResource } from '../operations/list-attempts.ts'
import type { Message, Recipient } from '../operations/message-resource.ts'
import { systemClock } from '../time/clock.ts'
import { addressOptions, findApi, queryUsage } from './api-address.ts'
import { ApiClient } from './api-client.ts'
import { Complaint, complaining, readArgs } from './complaint.ts'
import { describeExplanation } from './describe-explanation.ts'
import { exitStatus } from './exit-status.ts'
import { filterOptions, queryOf } from './filter-flags.ts'
import { forEachId, idsUsage, readIds } from './ids.ts'
import type { Io, Output } from './io.ts'
import { counted, describeBytes, paintStatus, printable, printJson } from './print.ts'

export const usage = `usage: sluice show ID… | - [options]
  ${idsUsage}
options:
  --recipients    only the recipients, all of them; with --status S[,S] those with these statuses
  --attempts      only the attempts, with the dialogue where it was kept
  --content       only the content, as it is sent
${queryUsage}`

const options = {
  ...addressOptions,
  recipients: { type: 'boolean' },
  status: filterOptions.status,
  attempts: { type: 'boolean' },
  content: { type: 'boolean' },
  json: { type: 'boolean' },
} as const

type Flags = ReturnType<typeof readArgs<typeof options>>['values']

/** What is to be shown of each message, and how. */
interface Asked {
  api: ApiClient
  out: Output
  json: boolean
}

/** `sluice show`: all about one message, or several. */
export const run = complaining(async (args: string[], io: Io): Promise<number> => {
  const { values, positionals } = readArgs(args, options, usage)
  const why = faultIn(values)
  if (why !== null) throw new Complaint(exitStatus.usage, `${why}\n${usage}`)
  const ids = await readIds(positionals, io, usage)
  const { json = false } = values
  const asked = { api: new ApiClient(findApi(values)), out: io.out, json }
  const missed = await forEachId(ids, { io, json: json && !values.content }, (id, path) =>
    showPart(asked, values, id, path),
  )
  return missed ? exitStatus.no : exitStatus.ok
})

/** What is wrong with a command line; null: nothing. */
function faultIn({ recipients, attempts, content, status }: Flags): string | null {
  const parts = [recipients, attempts, content].filter(Boolean).length
  if (parts > 1) return 'use only one of --recipients, --attempts and --content'
  return status !== undefined && !recipients ? '--status goes with --recipients' : null
}

async function showPart(asked: Asked, flags: Flags, id: string, path: string): Promise<void> {
  const { api, out, json } = asked
  if (flags.content) out.write(await api.bytes(`${path}/content`))
  else if (flags.recipients)
    await showRecipients(asked, id, path, queryOf({ status: flags.status }))
  else if (flags.attempts) await showAttempts(asked, id, path)
  else if (json) printJson(out, await api.get<Message>(path))
  else await showMessage(asked, id, path)
}

async function showMessage(asked: Asked, id: string, path: string): Promise<void> {
  const { api, out } = asked
  const message = await api.get<Message>(path)
  for (const [name, value] of factsOf(message)) {
    out.write(`${name.padEnd(12)}${printable(value)}\n`)
  }
  for (const recipient of message.recipients) out.write(describeRecipient(recipient, out))
  const more = message.recipient_count - message.recipients.length
  if (more > 0) out.write(`  … and ${more} more: sluice show ${message.id} --recipients\n`)
  out.write('\n')
  for (const explanation of explain(message, systemClock.now())) {
    out.write(`${printable(describeExplanation(explanation))}\n`)
  }
  await showAttempts(asked, id, path)
}

function factsOf(message: Message): [name: string, value: string][] {
  const { kind, id } = message.submitter
  const bounces = message.bounce_messages
  const kept = message.content_available ? '' : ', content not kept any more'
  return [
    ['Message', message.id],
    ['From', message.from || '<> (the null reverse-path)'],
    ['Subject', message.subject ?? '–'],
    ['Message-ID', message.message_id ?? '–'],
    ['Submitted', `${message.accepted_at} by ${kind} ${id}`],
    ['Size', `${describeBytes(message.size_bytes)}${kept}`],
    ['Route', message.route === 'sandbox' ? 'sandbox (nothing leaves)' : message.route],
    ...(message.tag === null ? [] : [fact('Tag', message.tag)]),
    ...(message.about === null ? [] : [fact('About', message.about)]),
    ...(bounces.length === 0 ? [] : [fact('Bounce', bounces.join(' '))]),
    ['Recipients', describeCounts(message)],
  ]
}

const fact = (name: string, value: string): [string, string] => [name, value]

/** `3`, or where their statuses differ `3: 2 delivered, 1 deferred`. */
function describeCounts({ recipient_count: all, recipient_counts: counts }: Message): string {
  const parts = Object.entries(counts).map(([status, count]) => `${count} ${status}`)
  return parts.length > 1 ? `${all}: ${parts.join(', ')}` : String(all)
}

const describeRecipient = (recipient: Recipient, out: Output): string =>
  `  ${paintStatus(out, recipient.status, recipient.status.padEnd(10))}  ` +
  `${printable(recipient.address)}  (${counted(recipient.attempts, 'attempt')})\n`

async function showRecipients(
  { api, out, json }: Asked,
  id: string,
  path: string,
  query: Record<string, string>,
): Promise<void> {
  const pages = api.pages<Recipient>(`${path}/recipients`, { ...query, limit: '100' })
  for await (const recipients of pages) {
    for (const recipient of recipients) {
      if (json) printJson(out, { id, ...recipient })
      else out.write(describeRecipient(recipient, out))
    }
  }
}

async function showAttempts({ api, out, json }: Asked, id: string, path: string): Promise<void> {
  for await (const attempts of api.pages<AttemptResource>(`${path}/attempts`, { limit: '100' })) {
    for (const attempt of attempts) {
      if (json) printJson(out, { id, ...attempt })
      else out.write(describeAttempt(attempt))
    }
  }
}

function describeAttempt(attempt: AttemptResource): string {
  const address = attempt.address === attempt.host ? null : attempt.address
  const where = [attempt.host, address && `[${address}]`].filter(Boolean).join(' ')
  const lines = [
    `${attempt.at}  ${where || 'no host'}  ${attempt.tls ?? 'no TLS'}  ${attempt.duration_ms} ms  ` +
      counted(attempt.recipient_count, 'recipient'),
    `  ${replyOrFinding(attempt)}`,
    ...(attempt.dialogue?.split('\n').map((line) => `    ${line}`) ?? []),
  ]
  return `${lines.map(printable).join('\n')}\n`
}
