import { chmodSync, rmSync } from 'node:fs'
import { createConnection, createServer, type Server } from 'node:net'
import { patience } from '../time/patience.ts'

/** Serves a text on a unix socket: whoever connects gets the text and the end. */
export async function serveAnswer(
  socketPath: string,
  answer: () => string | Promise<string>,
): Promise<Server> {
  rmSync(socketPath, { force: true })
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.resume()
    Promise.resolve(answer()).then(
      (text) => socket.end(text),
      () => socket.destroy(),
    )
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(socketPath, resolve)
  })
  server.removeAllListeners('error').on('error', () => undefined)
  chmodSync(socketPath, 0o600)
  return server
}

/** The JSON that is served there; null where it is none, or does not come in time. */
export async function askForJson<T>(socketPath: string, timeoutMs: number): Promise<T | null> {
  try {
    return JSON.parse(await askForAnswer(socketPath, timeoutMs)) as T
  } catch {
    return null
  }
}

/** What is served there; what came of it by then where it does not end in time. */
function askForAnswer(socketPath: string, timeoutMs: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = createConnection(socketPath).setEncoding('utf8')
    let text = ''
    const done = (): void => {
      endWait()
      socket.destroy()
      resolve(text)
    }
    const endWait = patience(timeoutMs, done)
    socket.on('data', (more: string) => (text += more))
    socket.on('end', done).on('error', done).on('close', done)
  })
}
