import { supervise } from '../app/supervise.ts'
import { loadSettings } from '../config/load-settings.ts'
import { exitStatus } from './exit-status.ts'
import type { Io } from './io.ts'

export const usage = 'usage: sluice start'

/** `sluice start`: runs the relay in the foreground until it is told to stop. */
export async function run(args: string[], io: Io): Promise<number> {
  if (args.length > 0) {
    io.err.write(`${usage}\n`)
    return exitStatus.usage
  }
  const settings = loadSettings()
  const end = await supervise(settings, (text) => io.out.write(text))
  switch (end.kind) {
    case 'stopped':
      return exitStatus.ok
    case 'busy': {
      const mend =
        end.pid === null ? 'stop it first' : `stop it with: npx sluice stop (process ${end.pid})`
      io.err.write(`Sluice already runs on ${settings.dataDir}; ${mend}\n`)
      return exitStatus.busy
    }
    case 'refused':
      return exitStatus.config
    case 'failed':
      io.err.write(`${end.reason}; the lines above and the logs in its data folder say why.\n`)
      return exitStatus.fault
  }
}
