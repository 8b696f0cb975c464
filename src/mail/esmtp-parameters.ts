import { refusal, type Refusal } from './refusal.ts'

/** The parameters behind a path, by keyword in upper case; null where there is no value. */
export type EsmtpParameters = ReadonlyMap<string, string | null>

/** RFC 5321 §4.1.1: `MAIL FROM:<path> [SP parameters]`, and RCPT likewise. Spaces before `<` are common and harmless. */
const pathCommand = /^(FROM|TO): *<([^<>]*)>(?: +(.*))?$/i
const quotedPathCommand = /^(FROM|TO): *<((?:@[^"<>]*:)?"(?:[^"\\]|\\.)*"@[^<>]*)>(?: +(.*))?$/i
/** RFC 5321 §4.1.2 esmtp-param; beyond ASCII for the addresses of RFC 6533. */
const parameter =
  /^([A-Za-z0-9][A-Za-z0-9-]*)(?:=([\u{21}-\u{3c}\u{3e}-\u{7e}\u{80}-\u{10ffff}]+))?$/u

/** What follows `MAIL ` or `RCPT `, taken apart; or the reply that says what is wrong with it. */
export function parsePathCommand(
  keyword: 'FROM' | 'TO',
  text: string,
): { path: string; parameters: EsmtpParameters } | Refusal {
  const match = pathCommand.exec(text) ?? quotedPathCommand.exec(text)
  const [, word = '', path = '', rest = ''] = match ?? []
  if (word.toUpperCase() !== keyword) return syntaxError(`expected ${keyword}:<address>`)
  const parameters = new Map<string, string | null>()
  for (const part of rest.split(' ')) {
    if (part === '') continue
    const [, name = '', value = null] = parameter.exec(part) ?? []
    if (name === '') return syntaxError('malformed parameter')
    if (parameters.has(name.toUpperCase())) return syntaxError('parameter given twice')
    parameters.set(name.toUpperCase(), value)
  }
  return { path, parameters }
}

/** RFC 5321 §4.2.2 with the code of RFC 3463 §3.6. */
export const syntaxError = (text: string): Refusal => refusal('syntax', 501, '5.5.4', text)

/** RFC 5321 §4.1.1.11: a parameter that was not offered. */
export const unknownParameter = (name: string): Refusal =>
  refusal('syntax', 555, '5.5.4', `parameter ${name} not recognized`)
