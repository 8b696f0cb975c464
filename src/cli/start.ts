import { join } from 'node:path'
import { supervise } from '../app/supervise.ts'
import { forJournal } from '../app/voice.ts'
import { loadSettings } from '../config/load-settings.ts'
import { projectRoot } from '../config/paths.ts'
import { SettingsError } from '../config/settings-error.ts'
import { writesToJournal } from '../config/systemd.ts'
import { complaining, readArgs, refuseWords } from './complaint.ts'
import { exitStatus } from './exit-status.ts'
import type { Io } from './io.ts'
import { howToStop } from './running-relay.ts'

export const usage = 'usage: sluice start'

/** `sluice start`: runs the relay in the foreground until it is told to stop. */
export const run = complaining(async (args: string[], io: Io): Promise<number> => {
  refuseWords(readArgs(args, {}, usage).positionals, usage)
  try {
    return await runRelay(io)
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error
    sayWhy(io, error.message)
    return exitStatus.config
  }
})

function sayWhy(io: Io, why: string): void {
  io.err.write(writesToJournal() ? forJournal(`${why}\n`, 'error') : `${why}\n`)
}

async function runRelay(io: Io): Promise<number> {
  const settings = loadSettings()
  const end = await supervise(settings, (text) => io.out.write(text))
  switch (end.kind) {
    case 'stopped':
      return exitStatus.ok
    case 'again':
      startAgain(end.isStillWanted)
      return exitStatus.ok
    case 'busy':
      sayWhy(io, `Sluice already runs on ${settings.dataDir}; ${howToStop(end.pid)}`)
      return exitStatus.busy
    case 'refused':
      return exitStatus.config
    case 'failed':
      sayWhy(io, `${end.reason}; the lines above and the logs in its data folder say why.`)
      return exitStatus.fault
  }
}

/**
 * Puts a new start in the place of this process, under its id, which a service manager knows it by. It happens last of all, as
 * what is left to do at an exit, such as writing the last lines of a log, is not done after it.
 */
function startAgain(isStillWanted: () => boolean): void {
  process.removeAllListeners('warning') // execve is announced as experimental at each use
  const launcher = join(projectRoot, 'src', 'bin', 'sluice.js')
  process.once('exit', () => {
    if (isStillWanted()) process.execve?.(process.execPath, [process.execPath, launcher, 'start'])
  })
}
