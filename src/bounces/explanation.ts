/** The part of a bounce message that people read: what failed, why, and what to do about it. */
import { rfc5322Date } from '../mail/rfc5322-date.ts'
import { readableLine } from '../mail/safe-text.ts'
import { describeDuration } from '../time/duration.ts'
import type { Millis } from '../time/clock.ts'
import { adviceFor } from './advice.ts'
import {
  isFailure,
  saidBy,
  type DsnFacts,
  type DsnSettings,
  type LastWord,
  type ReportedRecipient,
} from './dsn-facts.ts'
import { statusOf } from './status-of.ts'

const width = 72

/** Plain text, lines ended by CRLF. Words of others stand on lines of their own, indented, never at the margin. */
export function explanation(
  { original }: Pick<DsnFacts, 'original'>,
  recipients: readonly ReportedRecipient[],
  { hostname }: Pick<DsnSettings, 'hostname'>,
  now: Millis,
): string {
  const failed = recipients.filter(isFailure)
  const delayed = recipients.filter(({ kind }) => kind === 'delayed')
  const relayed = recipients.filter(({ kind }) => kind === 'relayed')
  const age = describeDuration(Math.max(0, now - original.acceptedAt))
  const lines = [
    `This is the mail relay ${hostname}.`,
    ...section(
      failed,
      'Your message could not be delivered to',
      'It will not be tried again.',
      age,
    ),
    ...section(
      delayed,
      'Your message has not been delivered yet to',
      'It is tried again; you need not send it again.',
      age,
    ),
    ...section(relayed, 'As you asked to be told: your message was passed on for', '', age),
    '',
    'The message in question:',
    '',
    ...(original.messageIdHeader === null
      ? []
      : indented(`Message-ID: ${readableLine(original.messageIdHeader)}`)),
    ...indented(`accepted here: ${rfc5322Date(original.acceptedAt)}`),
    ...indented(`id here: ${original.id}`),
    '',
  ]
  return lines.map((line) => `${line}\r\n`).join('')
}

function section(
  recipients: readonly ReportedRecipient[],
  what: string,
  then: string,
  age: string,
): string[] {
  if (recipients.length === 0) return []
  const whom = recipients.length === 1 ? 'this recipient' : `these ${recipients.length} recipients`
  const head = wrapped(`${what} ${whom}. ${then}`.trim())
  return ['', ...head, ...recipients.flatMap((recipient) => paragraph(recipient, age))]
}

function paragraph(recipient: ReportedRecipient, age: string): string[] {
  const { address, reply } = recipient
  const words = spoken(reply)
  return [
    '',
    `<${readableLine(address)}>`,
    ...indented(reasonFor(recipient, age, words !== '')),
    ...(words === '' ? [] : indented(words, 8)),
    ...(isFailure(recipient) ? indented(adviceFor(statusOf(recipient))) : []),
  ]
}

const spoken = ({ code, enhanced, text }: LastWord): string =>
  readableLine([code, enhanced, text].filter((word) => word !== null).join(' '))

function reasonFor(
  { kind, reply, attempts, expiresAt }: ReportedRecipient,
  age: string,
  hasWords: boolean,
): string {
  const host = reply.host === null ? null : readableLine(reply.host)
  const isOfHost = saidBy(reply) !== null
  const colon = hasWords ? ':' : '.'
  switch (kind) {
    case 'relayed':
      return `${host ?? 'The next server'} took it, and will not report what becomes of it${colon}`
    case 'bounced':
      if (host === null) return `It cannot be sent there${colon}`
      return isOfHost
        ? `The server ${host} refused it for good${colon}`
        : `It cannot be sent to the server ${host}${colon}`
    case 'delayed':
      return (
        `It was tried ${attempts === 1 ? 'once' : `${attempts} times`} in ${age}, and will be until ` +
        `${rfc5322Date(expiresAt)}. ${lastOf(host, isOfHost)}${colon}`
      )
    case 'expired':
      return attempts === 0
        ? `Its time was over after ${age}, before it could be tried${colon}`
        : `It was given up after ${age} and ${times(attempts)}. ${lastOf(host, isOfHost)}${colon}`
  }
}

/** What Sluice found by itself is not called an answer of the host. */
function lastOf(host: string | null, isOfHost: boolean): string {
  if (host === null) return 'The cause was'
  return isOfHost ? `The last answer of ${host} was` : `The last try at ${host} failed`
}

const times = (attempts: number): string => (attempts === 1 ? 'one try' : `${attempts} tries`)

const indented = (text: string, by = 4): string[] =>
  wrapped(text, width - by).map((line) => ' '.repeat(by) + line)

/** Breaks at spaces; a word longer than the line stands alone. */
function wrapped(text: string, to = width): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > to) {
      lines.push(line)
      line = ''
    }
    line += line === '' ? word : ` ${word}`
  }
  return [...lines, line]
}
