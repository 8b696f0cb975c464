import { parseArgs, type ParseArgsConfig } from 'node:util'
import { exitStatus } from './exit-status.ts'
import type { Verb } from './io.ts'
import { printable } from './print.ts'

/** Ends a verb: a line for the person, a status for the script. */
export class Complaint extends Error {
  override name = 'Complaint'
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** A verb whose complaints are printed and become its exit status. */
export const complaining =
  (verb: Verb): Verb =>
  async (args, io) => {
    try {
      return await verb(args, io)
    } catch (error) {
      if (!(error instanceof Complaint)) throw error
      io.err.write(`${`sluice: ${error.message}`.split('\n').map(printable).join('\n')}\n`)
      return error.status
    }
  }

/** Reads a command line; what it doesn't know is a complaint with the usage. */
export function readArgs<T extends NonNullable<ParseArgsConfig['options']>>(
  args: string[],
  options: T,
  usage: string,
) {
  try {
    return parseArgs({ args, options, allowPositionals: true, strict: true })
  } catch (error) {
    const [why = ''] = (error instanceof Error ? error.message : String(error)).split('. ')
    throw new Complaint(exitStatus.usage, `${why}\n${usage}`)
  }
}

/** For a verb that takes flags alone. */
export function refuseWords([word]: readonly string[], usage: string): void {
  if (word !== undefined)
    throw new Complaint(exitStatus.usage, `unexpected argument "${word}"\n${usage}`)
}
