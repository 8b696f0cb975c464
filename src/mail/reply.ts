/** An SMTP reply: the code (RFC 5321 §4.2), the enhanced status (RFC 3463) where there is one, the text. */
export interface Reply {
  code: number
  enhanced: string | null
  text: string
}

const enhancedAtStart = /^([245]\.\d{1,3}\.\d{1,3})(?:\s+|$)/

/** Splits the text of a reply line from its enhanced status. */
export function parseReply(code: number, text: string): Reply {
  const match = enhancedAtStart.exec(text)
  if (!match) return { code, enhanced: null, text }
  return { code, enhanced: match[1] ?? null, text: text.slice(match[0].length) }
}

/** A reply as people read it: `550 5.1.1 no such user`. */
export const describeReply = ({ code, enhanced, text }: Reply): string =>
  [String(code), enhanced, text].filter((part) => part !== null && part !== '').join(' ')
