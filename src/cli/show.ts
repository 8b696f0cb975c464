import { explain } from '../operations/explain.ts'
import type { Attempt } from '../operations/list-attempts.ts'
import type { Message, Recipient } from '../operations/message-resource.ts'
import { systemClock } from '../time/clock.ts'
import { addressOptions, findApi } from './api-address.ts'
import { ApiClient } from './api-client.ts'
import { complaining, readArgs } from './complaint.ts'
import { exitStatus } from './exit-status.ts'
import { forEachId, readIds } from './ids.ts'
import type { Io, Output } from './io.ts'
import { counted, describeBytes, paintStatus, printable, printJson } from './print.ts'

const usage = `usage: sluice show ID… | - [--attempts | --content] [--json] [--url URL] [--key KEY]
  --attempts  only the tries, with the dialogue where one was kept
  --content   only the bytes, as they are sent`

const options = {
  ...addressOptions,
  attempts: { type: 'boolean' },
  content: { type: 'boolean' },
  json: { type: 'boolean' },
} as const

/** `sluice show`: all about one message, or several. */
export const run = complaining(async (args: string[], io: Io): Promise<number> => {
  const { values, positionals } = readArgs(args, options, usage)
  const ids = await readIds(positionals, io, usage)
  const api = new ApiClient(findApi(values))
  const missed = await forEachId(ids, io, async (_id, path) => {
    if (values.content) io.out.write(await api.bytes(`${path}/content`))
    else if (values.attempts) await showAttempts(api, path, io.out, values.json ?? false)
    else if (values.json) printJson(io.out, await api.get<Message>(path))
    else await showMessage(api, path, io.out)
  })
  return missed ? exitStatus.no : exitStatus.ok
})

async function showMessage(api: ApiClient, path: string, out: Output): Promise<void> {
  const message = await api.get<Message>(path)
  const { kind, id } = message.submitter
  const facts: [string, string][] = [
    ['Message', message.id],
    ['From', message.from || '<> (the null reverse-path)'],
    ['Subject', message.subject ?? '–'],
    ['Message-ID', message.message_id ?? '–'],
    ['Submitted', `${message.accepted_at} by ${kind} ${id}`],
    [
      'Size',
      `${describeBytes(message.size_bytes)}${message.content_kept ? '' : ', not kept any more'}`,
    ],
    ['Route', message.route === 'sandbox' ? 'sandbox (nothing leaves)' : message.route],
    ...(message.tag === null ? [] : [['Tag', message.tag] satisfies [string, string]]),
    ['Recipients', String(message.recipient_count)],
  ]
  for (const [name, value] of facts) out.write(`${name.padEnd(12)}${printable(value)}\n`)
  for (const recipient of message.recipients) out.write(describeRecipient(recipient, out))
  const more = message.recipient_count - message.recipients.length
  if (more > 0) out.write(`  … and ${more} more\n`)
  out.write('\n')
  for (const { addresses, sentence } of explain(message, systemClock.now())) {
    const who =
      addresses.length === 1 ? (addresses[0] ?? '') : counted(addresses.length, 'recipient')
    out.write(printable(`${who}: ${sentence}`) + '\n')
  }
  await showAttempts(api, path, out, false)
}

const describeRecipient = (recipient: Recipient, out: Output): string =>
  `  ${paintStatus(out, recipient.status, recipient.status.padEnd(10))}  ` +
  `${printable(recipient.address)}  (${counted(recipient.attempts, 'attempt')})\n`

async function showAttempts(
  api: ApiClient,
  path: string,
  out: Output,
  json: boolean,
): Promise<void> {
  for await (const attempts of api.pages<Attempt>(`${path}/attempts`, { limit: '100' })) {
    for (const attempt of attempts) {
      if (json) printJson(out, attempt)
      else out.write(describeAttempt(attempt))
    }
  }
}

function describeAttempt(attempt: Attempt): string {
  const address = attempt.address === attempt.host ? null : attempt.address
  const where = [attempt.host, address && `[${address}]`].filter(Boolean).join(' ')
  const reply = [attempt.code, attempt.enhanced, attempt.text].filter((part) => part !== null)
  const lines = [
    `${attempt.at}  ${where || 'no host'}  ${attempt.tls ?? 'no TLS'}  ${attempt.duration_ms} ms  ` +
      counted(attempt.recipient_count, 'recipient'),
    `  ${reply.join(' ')}`,
    ...(attempt.dialogue?.split('\n').map((line) => `    ${line}`) ?? []),
  ]
  return `${lines.map(printable).join('\n')}\n`
}
