import { createConnection } from 'node:net'
import { second } from '../time/clock.ts'

/**
 * Says one word to the Redis at a socket and returns its first answer; null when there is none within a second. It tells whether
 * a Redis listens; whether delivery can work with it, `checkRedis` tells, at the price of 20 MB for its client, which the
 * supervisor does without.
 */
export function askRedis(
  socketPath: string,
  word: 'PING' | 'SHUTDOWN NOSAVE',
): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = createConnection(socketPath, () => socket.write(`${word}\r\n`))
    const answer = (text: string | null): void => {
      resolve(text)
      socket.destroy()
    }
    socket.setTimeout(second, () => answer(null))
    socket.on('data', (bytes) => answer(bytes.toString('latin1').trim()))
    socket.on('error', () => answer(null))
    socket.on('close', () => answer(null))
  })
}
