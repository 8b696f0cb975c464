/** Starts the programs that are measured and ends them again, by their own ids. */
import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { isAlive } from './proc.ts'

export interface RunningProcess {
  pid: number
  child: ChildProcess
  /** Resolves with the exit code (null after a signal) once it has ended. */
  ended: Promise<number | null>
  /** What it last wrote to its error output. */
  complaint(): string
  [Symbol.asyncDispose](): Promise<void>
}

interface StartOptions {
  cwd?: string
  env?: NodeJS.ProcessEnv
  /** Where its output goes; by default nowhere. */
  stdout?: 'ignore' | number
  /** How long it may take to end after SIGTERM. */
  graceMs?: number
}

const complaintLength = 2000

/** A program in a process group of its own, so that Ctrl-C reaches us alone and we end it in good order. */
export function startProcess(
  command: string,
  args: readonly string[],
  options: StartOptions = {},
): RunningProcess {
  const stdio: StdioOptions = ['ignore', options.stdout ?? 'ignore', 'pipe']
  const child = spawn(command, args, {
    stdio,
    detached: true,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.env === undefined ? {} : { env: options.env }),
  })
  let complaint = ''
  child.stderr?.on('data', (bytes: Buffer) => {
    complaint = (complaint + bytes.toString('utf8')).slice(-complaintLength)
  })
  const ended = new Promise<number | null>((resolve) => {
    child.once('exit', (code) => resolve(code))
    child.once('error', (error) => {
      complaint = `${command}: ${error.message}`
      resolve(127)
    })
  })
  const pid = child.pid ?? 0
  return {
    pid,
    child,
    ended,
    complaint: () => complaint.trim(),
    async [Symbol.asyncDispose]() {
      if (pid > 0) await endProcess(pid, options.graceMs ?? 10_000)
    },
  }
}

/** Ends one process: SIGTERM, and after the grace SIGKILL. */
export async function endProcess(pid: number, graceMs: number): Promise<void> {
  for (const name of ['SIGTERM', 'SIGKILL'] as const) {
    if (!isAlive(pid)) return
    try {
      process.kill(pid, name)
    } catch {
      return // ended by itself just now
    }
    for (let waited = 0; waited < graceMs && isAlive(pid); waited += 50) await sleep(50)
  }
}

/** Waits for a fact, asked again and again; throws with `what` when it is not true in time. */
export async function untilTrue(
  what: string,
  limitMs: number,
  signal: AbortSignal,
  isTrue: () => boolean | Promise<boolean>,
): Promise<void> {
  const deadline = performance.now() + limitMs
  while (!(await isTrue())) {
    if (performance.now() > deadline) throw new Error(`waited in vain: ${what}`)
    await sleep(50, undefined, { signal })
  }
}
