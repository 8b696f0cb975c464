import { createConnection } from 'node:net'

/** Whether the Redis at this unix socket serves commands now; a frozen one counts as away after `timeoutMs`. */
export function pingRedis(socketPath: string, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(socketPath)
    const done = (alive: boolean): void => {
      clearTimeout(deadline)
      socket.destroy()
      resolve(alive)
    }
    const deadline = setTimeout(done, timeoutMs, false)
    // Anything but +PONG (-LOADING, -NOAUTH, …) means that delivery can't work with it either.
    socket.once('data', (bytes) => done(bytes.toString('latin1').startsWith('+PONG')))
    socket.once('error', () => done(false))
    socket.once('close', () => done(false))
    socket.write('PING\r\n')
  })
}
