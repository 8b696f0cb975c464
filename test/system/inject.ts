import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { eventually } from '../kit/facts.ts'

export interface Injection {
  /** System calls, as `fsync,fdatasync`. */
  calls: string
  /** What strace has them answer, as `error=EIO:when=20`. */
  fault: string
  /** Only calls on this file; of all files where left out. */
  file?: string
  /** Only threads of this name; `main`: the first. All where left out. */
  thread?: 'main' | 'WorkerThread'
}

const namesOf = (pid: number, name: string): string[] =>
  readdirSync(`/proc/${pid}/task`).filter(
    (id) => readFileSync(`/proc/${pid}/task/${id}/comm`, 'utf8').trim() === name,
  )

function threadsOf(pid: number, thread: Injection['thread']): string[] {
  if (thread === undefined) return ['-f', '-p', String(pid)]
  const ids = thread === 'main' ? [String(pid)] : namesOf(pid, thread)
  if (ids.length === 0) throw new Error(`process ${pid} has no thread ${thread}`)
  return ids.flatMap((id) => ['-p', id])
}

/** Injects a fault into a running process until it ends or `stop` is called. */
export async function inject(
  pid: number,
  { calls, fault, file, thread }: Injection,
): Promise<{ stop: () => Promise<void> }> {
  const threads = threadsOf(pid, thread)
  const path = file === undefined ? [] : ['-P', file]
  const what = ['-e', `trace=${calls}`, '-e', `inject=${calls}:${fault}`]
  const strace = spawn('strace', ['-q', ...threads, ...path, ...what, '-o', '/dev/null'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  strace.stderr.on('data', (text: Buffer) => (said += text.toString()))
  const ended = once(strace, 'exit')
  const traced = `/proc/${pid}/task/${threads.at(-1) ?? ''}/status`
  await eventually('strace to hold the process', () => {
    // It has nothing left to hold: the fault has ended the process already.
    if (strace.exitCode !== null && /^$|No such process/.test(said)) return true
    if (strace.exitCode !== null) throw new Error(said)
    return /^TracerPid:\t[1-9]/m.test(readFileSync(traced, 'utf8')) || undefined
  })
  return {
    stop: async () => {
      strace.kill('SIGINT')
      await ended
    },
  }
}
