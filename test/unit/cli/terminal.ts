import type { Io, Verb } from '../../../src/cli/io.ts'

export interface Said {
  status: number
  out: string
  err: string
}

/** Runs a verb with what is on its stdin; `tty`: a person sits there. */
export async function say(
  verb: Verb,
  args: string[],
  { input = '', tty = false, columns }: { input?: string; tty?: boolean; columns?: number } = {},
): Promise<Said> {
  const said = { status: -1, out: '', err: '' }
  const io: Io = {
    in: Object.assign(
      (async function* () {
        await Promise.resolve()
        if (input !== '') yield input
      })(),
      { isTTY: tty },
    ),
    out: {
      write: (text) => (said.out += Buffer.from(text).toString()),
      isTTY: tty,
      ...(columns !== undefined && { columns }),
    },
    err: { write: (text) => (said.err += Buffer.from(text).toString()), isTTY: tty },
  }
  said.status = await verb(args, io)
  return said
}
