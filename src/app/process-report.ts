import { exitStatusOfRefusal, type ProcessReport } from './running.ts'

/** Tells the supervisor, where there is one. */
export const report = (what: ProcessReport): void => {
  if (process.connected) process.send?.(what)
}

/**
 * Ends this process and with it the relay, with status 78, at any time of its life: no restart follows. `lines`: what is
 * wrong, where, and how to fix it, one line for each thing.
 */
export function endRelay(lines: string): never {
  report({ kind: 'fatal', lines })
  if (!process.connected) process.stderr.write(`${lines}\n`)
  process.exit(exitStatusOfRefusal)
}
