import { accessSync, constants, readFileSync } from 'node:fs'
import { dataPaths } from '../config/paths.ts'
import { readRunFile, type RunFile } from '../config/run-files.ts'
import { Complaint } from './complaint.ts'
import { exitStatus } from './exit-status.ts'

/** The relay that runs on a data folder and is ready; null: there is none. */
export function findRunningRelay(dataDir: string): RunFile | null {
  mustBeReadable(dataDir)
  const relay = readRunFile(dataPaths(dataDir).runFile) as RunFile | null
  return relay !== null && runs(relay.pid) ? relay : null
}

/** Without access to the folder it would seem that no relay runs, so that is a complaint. */
function mustBeReadable(dataDir: string): void {
  try {
    accessSync(dataDir, constants.R_OK | constants.X_OK)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EACCES') return
    throw new Complaint(
      exitStatus.denied,
      `${dataDir} is closed to this user; be the user that the relay runs as.`,
    )
  }
}

/** What to do about a relay that must not run; its process is not known in the moment of its start. */
export const howToStop = (pid: number | null | undefined): string =>
  typeof pid === 'number' ? `stop it with: npx sluice stop (process ${pid})` : 'stop it first'

/** Whether this process is a relay's supervisor, and not another one that got the id of a killed relay. */
const runs = (pid: number): boolean => isOfRelay(readOf(pid, 'cmdline'))

function isOfRelay(commandLine: string): boolean {
  const words = commandLine.split('\0')
  return words.some((word) => word.endsWith('main.ts')) && words.includes('start')
}

/** Whether a process that ran is gone. A process that is ending has lost its command line, but still holds ports and locks. */
export function isGone(pid: number): boolean {
  const commandLine = readOf(pid, 'cmdline')
  if (commandLine !== '') return !isOfRelay(commandLine)
  const state = /^.*\) (\S)/s.exec(readOf(pid, 'stat'))?.[1] // man 5 proc: Z and X are dead
  return state === undefined || 'ZX'.includes(state)
}

/** Empty where there is no such process. */
function readOf(pid: number, file: 'cmdline' | 'stat'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return ''
  }
}
