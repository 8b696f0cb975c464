import { Complaint } from './complaint.ts'
import { exitStatus } from './exit-status.ts'

/** What follows each subcommand, as the usage names it: `{ add: ['NAME'], list: [] }`. */
export type Forms = Readonly<Record<string, readonly string[]>>

/** A command line that makes no sense: what is wrong, and the form of what was meant. */
export const wrongUsage = (why: string, usage: string): Complaint =>
  new Complaint(exitStatus.usage, `${why}\n${usage}`)

/** Reads a subcommand and what follows it; a complaint names what is missing or unexpected, and shows the form. */
export function readForm<F extends Forms>(
  verb: string,
  forms: F,
  [word, ...given]: readonly string[],
  usage: string,
): { word: keyof F & string; values: readonly string[] } {
  const words = Object.keys(forms)
  const known = words.find((each) => each === word)
  if (word === undefined) throw wrongUsage(`${verb}: ${words.join(' | ')} is missing`, usage)
  if (known === undefined) throw wrongUsage(`${verb}: unknown subcommand "${word}"`, usage)
  const values = readValues(`${verb} ${known}`, forms[known] ?? [], given, usage)
  return { word: known, values }
}

/** The values of a command, as many as it names. */
export function readValues(
  command: string,
  names: readonly string[],
  given: readonly string[],
  usage: string,
): readonly string[] {
  const [missing] = names.slice(given.length)
  const unexpected = given[names.length]
  if (missing !== undefined) {
    throw wrongUsage(`${command}: ${missing} is missing`, formOf(command, usage))
  }
  if (unexpected !== undefined) {
    throw wrongUsage(`unexpected argument "${unexpected}"`, formOf(command, usage))
  }
  return given
}

/** The line of the usage for one command; the whole usage where it has none of its own. */
function formOf(command: string, usage: string): string {
  const line = usage.split('\n').find((each) => each.includes(`sluice ${command} `))
  return line === undefined ? usage : `usage: ${line.replace(/^(?:usage:)? */, '')}`
}
