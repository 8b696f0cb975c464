import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { connect, createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { spawnForTest } from '../kit/child.ts'
import { eventually } from '../kit/facts.ts'
import { startRelay } from '../kit/relay.ts'
import { tempFolder } from '../kit/temp-folder.ts'
import { has } from './needs.ts'

const path = `${process.env['PATH'] ?? ''}:/usr/sbin`

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

test.skipIf(!has('smtp-sink') || !has('smtp-source'))(
  "mail from Postfix's smtp-source reaches its smtp-sink, every message of it",
  async () => {
    using folder = tempFolder()
    const port = await freePort()
    const root = process.getuid?.() === 0
    const dump = ['-d', join(folder.path, 'mail.')]
    const sink = spawnForTest(
      'smtp-sink',
      [...(root ? ['-u', 'root'] : []), ...dump, `127.0.0.1:${port}`, '100'],
      {
        env: { PATH: path },
        stdio: 'ignore',
      },
    )
    try {
      await eventually('smtp-sink', async () => {
        const socket = connect(port, '127.0.0.1')
        await once(socket, 'connect')
        socket.destroy()
        return true
      })
      await using relay = await startRelay({
        route: `smtp://127.0.0.1:${port}`,
        settings: { relay: { trusted_networks: ['127.0.0.0/16'] } },
      })
      const submission = relay.run.submission.find(({ tls }) => tls === 'starttls')
      const target = `127.0.0.1:${submission?.port ?? 0}`
      const args = [
        '-s',
        '10',
        '-m',
        '500',
        '-l',
        '5000',
        '-f',
        'a@customer.test',
        '-t',
        'b@dest.test',
      ]
      const source = spawnForTest('smtp-source', [...args, target], {
        env: { PATH: path },
        stdio: 'ignore',
      })
      const [code] = (await once(source, 'exit')) as [number]
      expect(code).toBe(0)
      await relay.until({ delivered: 500 })
      const files = readdirSync(folder.path)
      const messages = files.map((name) => readFileSync(join(folder.path, name), 'latin1'))
      expect(messages.filter((text) => text.includes('X-Rcpt-Args: <b@dest.test>'))).toHaveLength(
        500,
      )
      expect(await relay.summary()).toEqual({ accepted: 500, delivered: 500 })
    } finally {
      sink.kill('SIGKILL')
    }
  },
)
