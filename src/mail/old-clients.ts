/**
 * What old devices and scripts write in MAIL and RCPT, rewritten in the grammar of RFC 5321. Only what has one meaning is
 * rewritten; the strict parser decides about the result, so nothing gets past it.
 */

/** In brackets, where a quoted local part may hold `>`, or without them; then parameters, also with no space before. */
const oddPathCommand =
  /^(FROM|TO)[ \t]*:[ \t]*(?:<((?:@[^"<>]*:)?"(?:[^"\\]|\\.)*"@[^<>]*|[^<>]*)>|([^ \t<>]+))[ \t]*(.*)$/isu
/** A name on the client's own machine, such as `www-data`. With `%`, `!` or `=` it could be something else. */
const bareName = /^[\w.+-]+$/
/** Their values are xtext (RFC 3461 §4, RFC 4954 §5). */
const ofXtext = ['ORCPT', 'ENVID', 'AUTH']

/**
 * The well-formed command for what follows `MAIL ` or `RCPT `; null where it has no clear meaning. A sender without a domain
 * is one of this relay: `hostname` is appended.
 */
export function toWellFormed(text: string, hostname: string): string | null {
  const match = oddPathCommand.exec(text)
  if (!match) return null
  const [, keyword = '', bracketed, naked = '', rest = ''] = match
  const path = withoutRootDot((bracketed ?? naked).trim())
  const isBareSender = keyword.toUpperCase() === 'FROM' && bareName.test(path)
  const parameters = rest.split(/[ \t]+/).map(toParameter)
  return `${keyword}:<${isBareSender ? `${path}@${hostname}` : path}> ${parameters.join(' ')}`
}

/** `example.org.` is `example.org`; the dot says that the name is complete (RFC 1034 §3.1). */
const withoutRootDot = (path: string): string => path.replace(/(@[^@]*[^@.])\.$/, '$1')

function toParameter(text: string): string {
  const [, name = '', value = ''] = /^([^=]*)=(.*)$/s.exec(text) ?? []
  return ofXtext.includes(name.toUpperCase()) ? `${name}=${toXtext(value)}` : text
}

/**
 * Hexadecimal digits in lower case, and `=` as it is. A `+` that stands for itself can't be told from one that begins a code,
 * unless the code would be of no printable character: then it stays, and the strict parser refuses it.
 */
const toXtext = (text: string): string =>
  text.replaceAll('=', '+3D').replaceAll(/\+[2-7][0-9a-f]/gi, (code) => code.toUpperCase())
