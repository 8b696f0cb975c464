import { setTimeout as sleep } from 'node:timers/promises'
import { monotonicMs, second } from '../time/clock.ts'
import { Complaint, complaining, readArgs, refuseWords } from './complaint.ts'
import { exitStatus } from './exit-status.ts'
import type { Io } from './io.ts'
import { findOwnRelay } from './own-relay.ts'
import { isGone } from './running-relay.ts'

export const usage = 'usage: sluice stop'

/** Longer than all deadlines of an orderly end together. */
const patienceMs = 90 * second
const lookEveryMs = 50

/** `sluice stop`: ends the relay of this data folder as Ctrl-C does, and returns when it is gone. */
export const run = complaining(async (args: string[], io: Io): Promise<number> => {
  refuseWords(readArgs(args, {}, usage).positionals, usage)
  const { dataDir, relay } = findOwnRelay(io)
  if (relay === null) throw new Complaint(exitStatus.unavailable, `no relay runs on ${dataDir}.`)
  const { pid } = relay
  end(pid)
  const deadline = monotonicMs() + patienceMs
  while (!isGone(pid)) {
    if (monotonicMs() > deadline) {
      throw new Complaint(exitStatus.busy, `process ${pid} has not ended yet; its logs say why.`)
    }
    await sleep(lookEveryMs)
  }
  io.out.write(`The relay on ${dataDir} (process ${pid}) has ended.\n`)
  return exitStatus.ok
})

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGTERM')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ESRCH') return
    throw new Complaint(
      exitStatus.denied,
      `process ${pid} is another user's; type: sudo kill ${pid}`,
    )
  }
}
