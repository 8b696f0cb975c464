import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { projectRoot } from '../../../src/config/paths.ts'
import { connectRedis, type RedisClient } from '../../../src/redis/connect.ts'
import { eventually } from '../../kit/facts.ts'
import { tempFolder } from '../../kit/temp-folder.ts'

export interface RedisServer extends AsyncDisposable {
  readonly socketPath: string
  readonly pid: number
  /** A new connected client, closed with the server. */
  client(): Promise<RedisClient>
  /** Ends it and starts an empty one in its place. */
  restart(): Promise<void>
}

/** A Redis of its own on a unix socket; the one on the PATH, or the one that setup fetched. */
export async function startRedis(): Promise<RedisServer> {
  const folder = tempFolder()
  const socketPath = join(folder.path, 'redis.sock')
  const clients: RedisClient[] = []
  const start = () =>
    spawn('redis-server', ['--port', '0', '--unixsocket', socketPath, '--save', ''], {
      cwd: folder.path,
      stdio: 'ignore',
      env: {
        ...process.env,
        PATH: `${process.env['PATH'] ?? ''}:${join(projectRoot, '.tools/redis')}`,
      },
    })
  let child = start()
  const stop = async () => {
    if (child.signalCode !== null) return
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await ended
  }
  const client = async () => {
    const redis = connectRedis(socketPath)
    redis.on('error', () => undefined)
    clients.push(redis)
    await eventually('Redis serves', async () =>
      redis.status === 'ready' ? true : redis.connect().then(() => true),
    )
    return redis
  }
  await client()
  return {
    socketPath,
    get pid() {
      return child.pid ?? 0
    },
    client,
    restart: async () => {
      await stop()
      child = start()
    },
    [Symbol.asyncDispose]: async () => {
      for (const redis of clients) redis.disconnect()
      await stop()
      folder[Symbol.dispose]()
    },
  }
}
