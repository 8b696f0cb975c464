/** Of Haraka's commands those that belong here; the others (and AUTH) are for the hooks. */
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
  'quit',
] as const
export type SmtpCommand = (typeof commands)[number]
export const isCommand = (word: string): word is SmtpCommand =>
  (commands as readonly string[]).includes(word)

const junk: readonly string[] = ['ehlo', 'helo', 'rset', 'noop', 'vrfy']

/** Commands that bring no message nearer. A client that gives too many of them in a row is sent away. */
export const isJunk = (command: SmtpCommand): boolean => junk.includes(command)
export const maxJunk = 100

/** So many are answered before other clients have their turn. */
export const commandsInARow = 50
