import { connect } from 'node:net'
import { once } from 'node:events'
import { dataPaths } from '../../src/config/paths.ts'

/** One command to the relay's own Redis, as it would come from an operator's hand; the first line of the answer. */
export async function askRedis(dataDir: string, ...command: string[]): Promise<string> {
  const socket = connect(dataPaths(dataDir).redisSocket)
  await once(socket, 'connect')
  socket.setEncoding('utf8')
  socket.write(
    `*${command.length}\r\n${command.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`,
  )
  const [answer] = (await once(socket, 'data')) as [string]
  socket.destroy()
  return answer.split('\r\n', 1)[0] ?? ''
}
