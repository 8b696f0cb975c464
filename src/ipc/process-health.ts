import { chmodSync, rmSync } from 'node:fs'
import { createConnection, createServer, type Server } from 'node:net'
import { patience } from '../time/patience.ts'

/** What the supervisor knows of one process. */
export interface ProcessHealth {
  name: string
  /** null: it does not run. */
  pid: number | null
  /** `silent`: it runs and does not answer the supervisor. */
  state: 'ready' | 'starting' | 'silent' | 'ended'
  /** What keeps a process that answers from its work, in words; null: nothing. */
  trouble: string | null
}

/**
 * Serves what the supervisor knows on a unix socket: whoever connects gets one JSON text and the end. A supervisor that
 * is dead or stopped is told by its silence there.
 */
export async function serveHealth(
  socketPath: string,
  look: () => readonly ProcessHealth[],
): Promise<Server> {
  rmSync(socketPath, { force: true })
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.end(JSON.stringify(look()))
    socket.resume()
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(socketPath, resolve)
  })
  server.removeAllListeners('error').on('error', () => undefined)
  chmodSync(socketPath, 0o600)
  return server
}

/** Asks the supervisor; null when it does not answer in time. */
export function askHealth(socketPath: string, timeoutMs: number): Promise<ProcessHealth[] | null> {
  return new Promise((resolve) => {
    const socket = createConnection(socketPath).setEncoding('utf8')
    let text = ''
    const done = (): void => {
      endWait()
      socket.destroy()
      resolve(parse(text))
    }
    const endWait = patience(timeoutMs, done)
    socket.on('data', (more: string) => (text += more))
    socket.on('end', done).on('error', done).on('close', done)
  })
}

function parse(text: string): ProcessHealth[] | null {
  try {
    return JSON.parse(text) as ProcessHealth[]
  } catch {
    return null
  }
}
