import { createIORedisClient, type IRedisClient } from 'bullmq'
import type { RedisClient } from '../redis/connect.ts'

const clients = new WeakMap<RedisClient, IRedisClient>()

/**
 * The client through which BullMQ talks over a connection, one for each: everything said within one turn of the event
 * loop leaves in one write. BullMQ's own batches (`pipeline`) copy some fifty script handles each time, which costs more
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
    setImmediate(() => {
      corked = false
      stream.uncork()
    })
  }
  client.runCommand = (name, args) => {
    cork()
    return runScript(name, args)
  }
  clients.set(redis, client)
  return client
}

interface Corkable {
  cork(): void
  uncork(): void
}

const isCorkable = (stream: unknown): stream is Corkable =>
  typeof stream === 'object' && stream !== null && 'cork' in stream && 'uncork' in stream
