/** What the dialogue itself says, beside what submission decides, and how a reply is written. RFC 5321 §4.2.2, RFC 3463, RFC 4954 §6. */
import { refusal, type Refusal } from '../mail/refusal.ts'
import type { Reply } from '../mail/reply.ts'
import { second, type Millis } from '../time/clock.ts'
import { describeDuration } from '../time/duration.ts'

const reply = (code: number, enhanced: string, text: string): Reply => ({ code, enhanced, text })

/** Codes that say that the client doesn't speak the language. A client that makes too many of them is sent away. */
const mistakes = new Set([500, 501, 502, 503, 504, 530, 538, 555])
export const isMistake = (code: number): boolean => mistakes.has(code)
export const maxMistakes = 20

export const tooManyMistakes = refusal('too_many_errors', 421, '4.7.0', 'too many errors, goodbye')
export const tooManyConnections = refusal(
  'connections',
  421,
  '4.7.0',
  'too many connections, try again later',
)
export const shuttingDown = refusal('shutdown', 421, '4.3.2', 'shutting down, try again soon')
export const timedOut = refusal('timeout', 421, '4.4.2', 'timeout')
/** A client that waits for a reply to what it takes for the end of its message. */
export const endedByBareLf = refusal(
  'timeout',
  421,
  '4.4.2',
  'timeout: the message holds bare LFs, and only <CRLF>.<CRLF> ends it (RFC 5321 section 4.1.1.4)',
)
export const tooSlow = refusal('timeout', 421, '4.4.2', 'too slow, goodbye')
export const tooMuchJunk = refusal(
  'too_many_errors',
  421,
  '4.7.0',
  'too many commands without a message, goodbye',
)
export const lineTooLong = refusal('syntax', 500, '5.5.2', 'line too long')
/** RFC 5321 §4.1.2. */
export const notText = refusal('syntax', 501, '5.5.2', 'control character in command')
/** RFC 5321 §2.3.8. The next command might be content or an injection, so there is none. */
export const bareLf = refusal(
  'syntax',
  500,
  '5.5.2',
  'a command ends with CRLF, not with a bare LF (RFC 5321 section 2.3.8), goodbye',
)
/** RFC 5321 §4.2.4. */
export const notImplemented = refusal('syntax', 502, '5.5.1', 'command not implemented')
export const noChunking = refusal(
  'syntax',
  502,
  '5.5.1',
  'BDAT is not offered: use DATA (RFC 3030 section 2), goodbye',
)
export const help = reply(
  214,
  '2.0.0',
  'commands: EHLO HELO STARTTLS AUTH MAIL RCPT DATA RSET NOOP VRFY HELP QUIT (RFC 5321)',
)
export const tlsWithoutAsking = refusal(
  'tls',
  500,
  '5.5.1',
  'this port begins in plain text: use STARTTLS, or the port for TLS',
)
export const helloFirst = refusal('sequence', 503, '5.5.1', 'EHLO first')
export const mailFirst = refusal('sequence', 503, '5.5.1', 'MAIL first')
export const nestedMail = refusal('sequence', 503, '5.5.1', 'sender already given')
export const extensionsNeedEhlo = refusal('syntax', 555, '5.5.4', 'parameters need EHLO')
export const senderOk = reply(250, '2.1.0', 'sender ok')
export const recipientOk = reply(250, '2.1.5', 'recipient ok')

// RFC 4954 §4 and §6
export const encryptionRequired = refusal(
  'tls',
  538,
  '5.7.11',
  'encryption required for AUTH: STARTTLS first',
)
export const loggedInAlready = refusal('sequence', 503, '5.5.1', 'logged in already')
export const notDuringTransaction = refusal(
  'sequence',
  503,
  '5.5.1',
  'not during a mail transaction',
)
export const unknownMechanism = refusal('syntax', 504, '5.5.4', 'AUTH is PLAIN or LOGIN')
export const authCancelled = refusal('syntax', 501, '5.7.0', 'AUTH cancelled')
export const authMalformed = refusal('syntax', 501, '5.5.2', 'malformed AUTH response')
export const authLineTooLong = refusal('syntax', 500, '5.5.6', 'AUTH response too long')
export const authSucceeded = reply(235, '2.7.0', 'authentication successful')
export const authFailed = refusal(
  'login_failed',
  535,
  '5.7.8',
  'authentication credentials invalid',
)
export const tooManyFailedLogins = refusal(
  'login_failed',
  421,
  '4.7.0',
  'too many failed logins, goodbye',
)
export const loginsThrottled = (forMs: Millis): Refusal =>
  refusal(
    'login_throttled',
    454,
    '4.7.0',
    `too many failed logins, try again in ${describeDuration(forMs + second)}`,
  )
/** RFC 4954 §6: a temporary failure; the client may try again with the same password. */
export const loginUnavailable = refusal(
  'login_unavailable',
  454,
  '4.7.0',
  'temporary authentication failure, try again later',
)

/** RFC 2034 §4: none in the greeting, in what asks for more, and in answers to EHLO and HELO. */
const codesWithout = new Set([220, 334, 354])
const verbsWithout = new Set(['EHLO', 'HELO'])

/** RFC 3463 §3.5 and §3.6 for the replies that Haraka words itself. */
const byCode: Readonly<Record<number, string>> = {
  252: '2.5.0',
  421: '4.4.2',
  500: '5.5.2',
  501: '5.5.4',
  502: '5.5.1',
  503: '5.5.1',
  504: '5.5.4',
  555: '5.5.4',
}

/** The texts of a reply to `verb`, line by line, with the enhanced status that EHLO promises (RFC 2034). */
function replyLines(
  code: number,
  message: string | readonly string[] | Reply,
  verb: string,
): string[] {
  if (typeof message === 'object' && 'code' in message) {
    return [message.enhanced === null ? message.text : `${message.enhanced} ${message.text}`]
  }
  const lines = typeof message === 'string' ? message.split('\n') : [...message]
  if (codesWithout.has(code) || (code === 250 && verbsWithout.has(verb))) return lines
  const status = byCode[code] ?? `${Math.floor(code / 100)}.0.0`
  return lines.map((line) => (/^[245]\.\d/.test(line) ? line : `${status} ${line}`))
}

/** A reply to `verb` as it is sent: each of its lines with the code, and a space after that of the last one (RFC 5321 §4.2). */
export function onTheWire(
  code: number,
  message: string | readonly string[] | Reply,
  verb: string,
): string {
  const lines = replyLines(code, message, verb)
  const before = lines.slice(0, -1).map((line) => `${code}-${line}\r\n`)
  return `${before.join('')}${code} ${lines.at(-1) ?? ''}\r\n`
}
