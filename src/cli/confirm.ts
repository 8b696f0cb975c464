import { Complaint } from './complaint.ts'
import { exitStatus } from './exit-status.ts'
import type { Io } from './io.ts'

/** Asks for confirmation; a script needs --yes. Any answer but yes ends the verb. */
export async function confirm(io: Io, what: string): Promise<void> {
  if (!io.in.isTTY || !io.out.isTTY) {
    throw new Complaint(exitStatus.usage, `${what}; add --yes to confirm`)
  }
  io.out.write(`${what}. Continue? [y/N] `)
  for await (const line of io.in) {
    if (/^y(es)?$/i.test(line.toString().trim())) return
    break
  }
  throw new Complaint(exitStatus.no, 'nothing was done')
}
