import { parseArgs, type ParseArgsConfig } from 'node:util'
import { exitStatus } from './exit-status.ts'
import type { Verb } from './io.ts'
import { printable } from './print.ts'

/** An error that ends a verb, with its text and its exit status. */
export class Complaint extends Error {
  override name = 'Complaint'
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** Prints the complaints of a verb and returns their exit status. */
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

/** Reads a command line; an unknown option is a complaint with the usage. */
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

/** For a verb that takes only options: any argument is a complaint. */
export function refuseWords([word]: readonly string[], usage: string): void {
  if (word !== undefined)
    throw new Complaint(exitStatus.usage, `unexpected argument "${word}"\n${usage}`)
}
