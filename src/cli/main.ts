import { SettingsError } from '../config/settings-error.ts'
import { versionWithCommit } from '../config/version.ts'
import { exitStatus } from './exit-status.ts'
import type { Io } from './io.ts'
import { printable } from './print.ts'
import { loadVerb, nearestVerb, usage } from './verbs.ts'

/** Runs one command line (without `node sluice`) and returns its exit status. */
export async function main(args: string[], io: Io): Promise<number> {
  if (args[0] === 'help' && args[1] !== undefined) return main([args[1], '--help'], io)
  const [name = 'help', ...rest] = args
  if (name === 'help' || name === '--help' || name === '-h') {
    io.out.write(usage())
    return exitStatus.ok
  }
  if (name === '--version' || name === '-V') {
    io.out.write(`sluice ${versionWithCommit()}\n`)
    return exitStatus.ok
  }
  try {
    const verb = await loadVerb(name)
    if (verb) return await verb(rest, io)
    const meant = nearestVerb(name)
    const guess = meant === null ? '' : ` Did you mean ${meant}?`
    io.err.write(`sluice: there is no verb "${printable(name)}".${guess} Try: sluice help\n`)
    return exitStatus.usage
  } catch (error) {
    return sayFault(error, io)
  }
}

function sayFault(error: unknown, io: Io): number {
  if (error instanceof SettingsError) {
    io.err.write(`${error.message}\n`)
    return exitStatus.config
  }
  if (isMissingModule(error)) {
    io.err.write(`sluice: node_modules is not whole (${error.message}). Type: npm ci\n`)
    return exitStatus.unavailable
  }
  io.err.write(`sluice: internal error: ${printable(describeFault(error))}\n`)
  return exitStatus.fault
}

/** In one line, with the place in our own code: a stack says nothing more to whoever typed a verb. */
function describeFault(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const place = /\b((?:src|plugins)\/[\w./-]+:\d+)/.exec(error.stack ?? '')?.[1]
  return place === undefined ? error.message : `${error.message} (at ${place})`
}

const isMissingModule = (error: unknown): error is Error =>
  error instanceof Error &&
  'code' in error &&
  error.code === 'ERR_MODULE_NOT_FOUND' &&
  /Cannot find package|node_modules/.test(error.message)
