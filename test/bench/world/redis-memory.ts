import { createConnection } from 'node:net'

const answerMs = 2000

/** The most memory that a Redis has used since its start, in bytes; null where it gives no answer. */
export function redisPeakBytes(socketPath: string): Promise<number | null> {
  return new Promise((resolve) => {
    const socket = createConnection(socketPath, () => socket.write('INFO memory\r\n'))
    let received = ''
    const answer = (bytes: number | null): void => {
      resolve(bytes)
      socket.destroy()
    }
    socket.setEncoding('latin1')
    socket.setTimeout(answerMs, () => answer(null))
    socket.on('data', (text: string) => {
      received += text
      const found = /^used_memory_peak:(\d+)\r$/m.exec(received)
      if (found) answer(Number(found[1]))
    })
    socket.on('error', () => answer(null))
    socket.on('close', () => answer(null))
  })
}
