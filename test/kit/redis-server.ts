import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { eventually } from './facts.ts'
import { projectRoot } from './imports.ts'

export interface Redis extends AsyncDisposable {
  /** -9, and waits until it is gone. */
  kill(): Promise<void>
}

/** A Redis of somebody else's, on a unix socket only; `more` is for its command line. */
export async function startRedis(socket: string, ...more: string[]): Promise<Redis> {
  const fetched = join(projectRoot, '.tools/redis/redis-server')
  const program = existsSync(fetched) ? fetched : 'redis-server'
  const options = ['--port', '0', '--unixsocket', socket, '--save', '', '--dir', dirname(socket)]
  const child = spawn(program, [...options, ...more], { stdio: 'ignore' })
  await once(child, 'spawn')
  await eventually(`Redis at ${socket}`, () => existsSync(socket) || undefined)
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  }
  return { kill, [Symbol.asyncDispose]: kill }
}
