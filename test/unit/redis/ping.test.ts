import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { pingRedis } from '../../../src/redis/ping.ts'
import { tempFolder } from '../../kit/temp-folder.ts'

/** Something at a socket that says this when it is spoken to; null: nothing, ever. */
async function atSocket(path: string, says: string | null): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.on('data', () => {
      if (says !== null) socket.write(says)
    })
  })
  await new Promise<void>((resolve) => server.listen(path, resolve))
  return server
}

test.each([
  ['+PONG\r\n', true],
  ['-LOADING Redis is loading the dataset in memory\r\n', false],
  ['-NOAUTH Authentication required.\r\n', false],
  [null, false],
])('what says %j serves commands: %j', async (says, alive) => {
  using folder = tempFolder()
  const path = join(folder.path, 's')
  const server = await atSocket(path, says)
  expect(await pingRedis(path, says === null ? 50 : 5000)).toBe(alive)
  await new Promise((resolve) => server.close(resolve))
})

test('where nobody listens there is no Redis', async () => {
  using folder = tempFolder()
  expect(await pingRedis(join(folder.path, 's'), 5000)).toBe(false)
})
