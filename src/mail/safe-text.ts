/**
 * Text from outside (subjects, addresses, replies of hosts), made safe for the place where it goes. The sets differ because the
 * places do:
 *
 * | place | function | what goes out | what comes in its place |
 * | --- | --- | --- | --- |
 * | a terminal | `printable` | controls, line breaks, turns of the direction of writing | the same, visible: `\u001b` |
 * | a line of our own: a host's reply, kept, logged and shown; an alarm | `cleanLine` | the same | one space |
 * | a fact of a header, kept as its sender wrote it | `unbrokenLine` | controls, line breaks | a space each |
 * | text that a person reads in a bounce | `readableLine` | the same as for a line of our own, and all else that can't be seen | one space |
 * | an address in a field of a report | `addressLine` | what would end its line, and what has no UTF-8 | a question mark each |
 * | any other field of a report | `asciiLine` | all but printable ASCII (RFC 5322 §2.2) | a question mark each |
 *
 * Two places need none of it: a client's command with a control character is refused (`src/smtp/connection.ts`), so that our
 * replies quote none; and a line of a log file is JSON, which escapes what would end it.
 */

/** Controls (C0, DEL, C1), and the line and paragraph separators. */
const breaks = /[\p{Cc}\p{Zl}\p{Zp}]/gu
/** Also the marks that turn the direction of writing (UAX #9 §2): with them a text can show something else than it says. */
const steering = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu
const runsOfSteering = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]+/u
/** Also soft hyphens, joiners and the like, lone surrogates, and white space of every kind. */
const runsOfUnseen = /[\p{Cc}\p{Zl}\p{Zp}\p{Cf}\p{Cs}\s]+/gu
const endsOfLines = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/gu
const notAscii = /[^ -~]/gu

/** Longest text that a bounce passes on; hosts have been seen to send whole pages. */
const longestText = 1_000

export const printable = (text: string): string =>
  text.replace(
    steering,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

/** Linear in the length of the text, whatever it consists of. */
export function cleanLine(text: string): string {
  if (!runsOfSteering.test(text)) return text.trim()
  return text
    .split(runsOfSteering)
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .join(' ')
}

/** The direction marks stay: they belong to a subject in Hebrew or Arabic. */
export const unbrokenLine = (text: string): string => text.replace(breaks, ' ')

/** Nobody outside can begin a new field, or a new line of ours, with what comes out. */
export function readableLine(text: string): string {
  const shown = text.length > longestText ? `${text.slice(0, longestText)}…` : text
  return shown.replace(runsOfUnseen, ' ').trim()
}

/** An address as it stands in the envelope, spaces and all. */
export const addressLine = (address: string): string => address.replace(endsOfLines, '?')

export const asciiLine = (text: string): string =>
  readableLine(text).replaceAll('…', '...').replace(notAscii, '?')
