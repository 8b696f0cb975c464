/** The client's side of the dialogue: command words, and the lines that they come in. */

/** What has a method of the connection; the others (and AUTH) are for the hooks. */
const commands = [
  'ehlo',
  'helo',
  'starttls',
  'mail',
  'rcpt',
  'data',
  'rset',
  'noop',
  'vrfy',
  'help',
  'expn',
  'etrn',
  'bdat',
  'quit',
] as const
export type SmtpCommand = (typeof commands)[number]
export const isCommand = (word: string): word is SmtpCommand =>
  (commands as readonly string[]).includes(word)

const junk: readonly string[] = ['ehlo', 'helo', 'rset', 'noop', 'vrfy', 'help']

/** Commands that bring no message nearer. A client that gives too many of them in a row is sent away. */
export const isJunk = (command: SmtpCommand): boolean => junk.includes(command)
export const maxJunk = 100

/** At most so many are answered before other clients have their turn. */
export const commandsInARow = 50

/** RFC 4954 §4 wants room for this in AUTH and its continuations; other commands have no need of a tighter bound. */
const maxLineOctets = 12_288

/** Octets of commands that may wait for their turn. A client further ahead is not read until we have caught up. */
export const maxPipelinedOctets = 64 * 1024

const lf = 0x0a
const cr = 0x0d

export interface NextLine {
  /**
   * `partial`: there is no whole line yet. `skip`: what is there belongs to a line that is too long, drop it. `bare-lf`: an LF
   * without a CR, which ends no line; where the next command begins, nobody knows.
   */
  verdict: 'line' | 'too-long' | 'partial' | 'skip' | 'bare-lf'
  /** Without its end. */
  line: Buffer
  rest: Buffer | null
}

const nothing = Buffer.alloc(0)

/** Cuts the next command line off: only CRLF ends it (RFC 5321 §2.3.8). `skipping`: its beginning was too long, and dropped. */
export function nextLine(octets: Buffer, skipping: boolean): NextLine {
  const end = octets.indexOf(lf)
  if (end < 0) {
    return skipping || octets.length > maxLineOctets + 1
      ? // The CR may be that of its end
        { verdict: 'skip', line: nothing, rest: octets.at(-1) === cr ? octets.subarray(-1) : null }
      : { verdict: 'partial', line: nothing, rest: octets }
  }
  const rest = end + 1 < octets.length ? octets.subarray(end + 1) : null
  if (octets[end - 1] !== cr) return { verdict: 'bare-lf', line: nothing, rest }
  const line = octets.subarray(0, end - 1)
  return skipping || line.length > maxLineOctets
    ? { verdict: 'too-long', line: nothing, rest }
    : { verdict: 'line', line, rest }
}
