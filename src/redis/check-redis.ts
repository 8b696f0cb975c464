import { Redis } from 'ioredis'
import { patience } from '../time/patience.ts'

/** Why a Redis can't be used, or only at a risk. */
export interface RedisTrouble {
  /** What is wrong and how to fix it, without the final period and without the path of the socket. */
  words: string
  /** Whether nothing can be sent with it. */
  blocks: boolean
}

const probeKey = '{sluice}:probe'
/** A probe that could not be removed is gone after so many seconds. */
const probeSeconds = 60

/**
 * Whether delivery can work with the Redis at this unix socket: it accepts the connection, one small write and its
 * removal, is no replica and keeps what it is given. null: it can.
 */
export async function checkRedis(
  socketPath: string,
  timeoutMs: number,
): Promise<RedisTrouble | null> {
  const redis = new Redis({
    path: socketPath,
    lazyConnect: true,
    enableReadyCheck: false,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  })
  let reason: unknown = null
  redis.on('error', (error) => (reason = error))
  const { promise: late, resolve: onLate } = Promise.withResolvers<RedisTrouble>()
  const done = patience(timeoutMs, () => onLate(blocking('Redis does not answer')))
  try {
    return await Promise.race([late, look(redis)])
  } catch (error) {
    return blocking(describeRedisFault(reason ?? error))
  } finally {
    done()
    redis.disconnect()
  }
}

async function look(redis: Redis): Promise<RedisTrouble | null> {
  await redis.connect()
  const [written, removed, memory, replication] = await Promise.allSettled([
    redis.set(probeKey, '1', 'EX', probeSeconds),
    redis.del(probeKey),
    redis.info('memory'),
    redis.info('replication'),
  ])
  const facts = {
    ...readInfo(memory.status === 'fulfilled' ? memory.value : ''),
    ...readInfo(replication.status === 'fulfilled' ? replication.value : ''),
  }
  if (facts['role'] === 'slave') return blocking(describeReplica(facts))
  if (written.status === 'rejected') return blocking(describeRedisFault(written.reason, facts))
  if (removed.status === 'rejected') return blocking(describeRedisFault(removed.reason, facts))
  const policy = facts['maxmemory_policy'] ?? ''
  if (!policy.startsWith('allkeys-')) return null
  return {
    words: `Redis may drop what it is given (maxmemory-policy ${policy}): set maxmemory-policy to noeviction`,
    blocks: false,
  }
}

const blocking = (words: string): RedisTrouble => ({ words, blocks: true })

/** The lines `name:value` of INFO. */
function readInfo(text: string): Record<string, string> {
  const pairs = text.split('\r\n').map((line) => line.split(':') as [string, string?])
  return Object.fromEntries(pairs.map(([name, value = '']) => [name, value]))
}

const describeReplica = (facts: Readonly<Record<string, string>>): string =>
  `Redis is a replica of ${facts['master_host']}:${facts['master_port']} and takes no writes of its own: ` +
  'promote it (REPLICAOF NO ONE), or name the socket of the primary in redis.socket'

/** What a failed command or connection means, and how to fix it. `facts`: what INFO said, where it is known. */
export function describeRedisFault(
  error: unknown,
  facts: Readonly<Record<string, string>> = {},
): string {
  const { code, message } = error as Partial<NodeJS.ErrnoException>
  const text = (message ?? String(error)).replace(/^ReplyError: /, '')
  if (code === 'ENOENT' || code === 'ECONNREFUSED') {
    return `Redis is away, nothing listens at its socket (${code})`
  }
  const [word = ''] = text.split(' ')
  const known = faults[word]
  if (known) return known(facts)
  if (/\bRESP\b|^Protocol error/.test(text)) {
    return 'what listens at the socket of Redis is no Redis: start one there, or correct redis.socket'
  }
  return `Redis refuses to work: ${text}`
}

/** By the first word of Redis's error reply. */
const faults: Readonly<Record<string, (facts: Readonly<Record<string, string>>) => string>> = {
  OOM: ({ maxmemory_human: most = 'unknown', maxmemory_policy: policy = 'unknown' }) =>
    `Redis is out of memory (maxmemory ${most}, policy ${policy}): remove what else is in it, or raise maxmemory`,
  NOAUTH: () =>
    'Redis wants a password, and Sluice has none: let the default user in without one (nopass), or give Sluice a Redis of its own',
  NOPERM: () =>
    'Redis forbids what delivery needs (NOPERM): allow the default user all keys and commands',
  READONLY: (facts) =>
    facts['role'] === 'slave'
      ? describeReplica(facts)
      : 'Redis is read-only: promote it (REPLICAOF NO ONE), or name the socket of the primary in redis.socket',
  LOADING: () => 'Redis is still loading its data from disk',
  BUSY: () => 'Redis is busy with a script: wait, or end it (SCRIPT KILL)',
  MISCONF: () =>
    'Redis refuses writes because it can not save to its disk: make room there, or switch saving off (CONFIG SET save "")',
  NOREPLICAS: () =>
    'Redis refuses writes because it has too few replicas (min-replicas-to-write): start them, or set it to 0',
}
