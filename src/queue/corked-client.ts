import { createIORedisClient, type IRedisClient } from 'bullmq'
import type { RedisClient } from '../redis/connect.ts'

const clients = new WeakMap<RedisClient, IRedisClient>()

/**
 * The client through which BullMQ talks over a connection, one for each: everything said within one turn of the event
 * loop leaves in one write, so that a job that is added to an idle lane and the turn that takes it are one exchange with
 * Redis. BullMQ's own batches (`pipeline`) copy some fifty script handles each time, which costs more
 * than the write that they save.
 */
export function corkedClient(redis: RedisClient): IRedisClient {
  const known = clients.get(redis)
  if (known) return known
  const client = createIORedisClient(redis)
  const runScript = client.runCommand.bind(client)
  let corked = false
  const cork = () => {
    const stream: unknown = redis.stream
    if (corked || !isCorkable(stream)) return
    corked = true
    stream.cork()
    const uncork = () => {
      corked = false
      stream.uncork()
    }
    // Behind what this turn has put off to its end: the turns of lanes take their jobs there
    process.nextTick(() => setImmediate(uncork))
  }
  client.runCommand = (name, args) => {
    cork()
    return runScript(name, args)
  }
  const remove: (...keys: string[]) => Promise<number> = client.del.bind(client)
  const corkedRemove = (...keys: string[]) => {
    cork()
    return remove(...keys)
  }
  client.del = corkedRemove as typeof client.del
  clients.set(redis, client)
  return client
}

interface Corkable {
  cork(): void
  uncork(): void
}

const isCorkable = (stream: unknown): stream is Corkable =>
  typeof stream === 'object' && stream !== null && 'cork' in stream && 'uncork' in stream
