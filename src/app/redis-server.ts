import { accessSync, constants, mkdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { projectRoot, type DataPaths } from '../config/paths.ts'
import { SettingsError } from '../config/settings-error.ts'
import type { ChildPlan } from './child.ts'

const fetched = join(projectRoot, '.tools', 'redis', 'redis-server')

/** How our own Redis is started: the server on the PATH, or the one that setup fetched. Throws where there is neither. */
export function redisPlan(paths: DataPaths, env: NodeJS.ProcessEnv): ChildPlan {
  const server = findProgram('redis-server', env) ?? (isProgram(fetched) ? fetched : null)
  if (server === null) {
    throw new SettingsError([
      {
        key: 'redis.socket',
        problem: 'there is no redis-server on this machine',
        mend: 'type: sudo apt-get install redis-server — or name the unix socket of a Redis of yours',
      },
    ])
  }
  mkdirSync(paths.redisDir, { recursive: true, mode: 0o700 })
  const plan = { env, speaks: false }
  // Redis does not watch its parent: setpriv (Debian's util-linux) has the kernel end it when the supervisor is killed.
  const setpriv = findProgram('setpriv', env)
  if (setpriv === null) return { command: server, args: redisArgs(paths), ...plan }
  return { command: setpriv, args: ['--pdeathsig', 'KILL', server, ...redisArgs(paths)], ...plan }
}

/**
 * Nothing is written to disk and nothing is evicted: Redis holds an index of one epoch, which delivery builds again from
 * the store, and half an index would be worse than a refused write.
 */
function redisArgs(paths: DataPaths): string[] {
  const options: Record<string, string> = {
    port: '0',
    unixsocket: paths.redisSocket,
    unixsocketperm: '700',
    dir: paths.redisDir,
    save: '',
    appendonly: 'no',
    // A dump that somebody left in the folder is not loaded: it could fill the memory, or be of a newer Redis.
    dbfilename: 'never-saved.rdb',
    maxmemory: '256mb',
    'maxmemory-policy': 'noeviction',
    // BullMQ's job hashes stay small (listpack) up to this; the old name is known to Redis 6 and 7 alike.
    'hash-max-ziplist-value': '1024',
    databases: '1',
    daemonize: 'no',
    loglevel: 'notice',
  }
  return Object.entries(options).flatMap(([name, value]) => [`--${name}`, value])
}

const isProgram = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

const findProgram = (name: string, env: NodeJS.ProcessEnv): string | null =>
  (env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find(isProgram) ?? null
