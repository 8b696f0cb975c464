/** An SMTP reply: the code (RFC 5321 §4.2), the enhanced status (RFC 3463) where there is one, the text. */
export interface Reply {
  code: number
  enhanced: string | null
  text: string
}

/** RFC 2034 §4, and as some receivers word it: `#5.1.0 no`, `5.7.1: no`. */
const enhancedAtStart = /^#?([245]\.\d{1,3}\.\d{1,3})(?::|(?=\s|$))\s*/

/** Splits the text of a reply line from its enhanced status. */
export function parseReply(code: number, text: string): Reply {
  const match = enhancedAtStart.exec(text)
  if (!match) return { code, enhanced: null, text }
  return { code, enhanced: match[1] ?? null, text: text.slice(match[0].length) }
}

/**
 * The reply that several lines make. RFC 2034 §4 wants the status on each of them; some receivers have it on the last one
 * only. There it counts if it is of the code's class: a line of prose may begin with a number that looks like one.
 */
export function parseReplyLines(code: number, lines: readonly string[]): Reply {
  const parsed = lines.map((line) => parseReply(code, line))
  const isOfClass = (status: string | null) => status?.startsWith(`${Math.floor(code / 100)}.`)
  const enhanced =
    parsed[0]?.enhanced ?? parsed.find((line) => isOfClass(line.enhanced))?.enhanced ?? null
  const texts = parsed.map((line, at) => (line.enhanced === enhanced ? line.text : lines[at]))
  return { code, enhanced, text: texts.filter((text) => text !== '').join(' ') }
}

/** A reply as people read it: `550 5.1.1 no such user`. */
export const describeReply = ({ code, enhanced, text }: Reply): string =>
  [String(code), enhanced, text].filter((part) => part !== null && part !== '').join(' ')
