import type { Socket } from 'node:net'
import { second } from '../../time/clock.ts'
import type { Deadlines } from './deadlines.ts'

const atMostMs = 5 * second
const maxBytes = 64 * 1024

/** Says QUIT, and gives the host a moment to let go. What it still sends meanwhile is counted, not kept. */
export function leave(socket: Socket, deadlines: Deadlines): void {
  socket.end('QUIT\r\n')
  const leaving = { deadline: deadlines.after(atMostMs), expire: () => socket.destroy() }
  deadlines.add(leaving)
  socket.once('close', () => deadlines.remove(leaving))
  let left = maxBytes
  socket.on('data', (bytes: Buffer) => {
    left -= bytes.length
    if (left < 0) socket.destroy()
  })
}
