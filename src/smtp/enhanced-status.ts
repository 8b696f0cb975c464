import type { Reply } from '../mail/reply.ts'

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
export function replyLines(
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
