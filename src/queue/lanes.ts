/** BullMQ is driven through its backend, never through a Worker, whose error path would send mail twice. */
import { FreshMap } from '../collections/fresh.ts'
import {
  QueueKeys,
  RedisConnection,
  RedisQueueBackend,
  type IRedisClient,
  type JobJson,
  type MinimalJob,
} from 'bullmq'
import type { RedisClient } from '../redis/connect.ts'
import type { Millis } from '../time/clock.ts'
import { corkedClient } from './corked-client.ts'

/** What a job is about: a message and a batch of its recipients, by their keys in the store. */
export interface JobData {
  message: number
  recipients: readonly number[]
}

export interface Job extends JobData {
  id: string
  lane: string
  /** The epoch that it is of; a job of another epoch must not be finished in this one. */
  lanes: Lanes
}

/** Redis no longer holds what was put there. */
export class LanesLost extends Error {
  override name = 'LanesLost'
}

/** BullMQ takes no lock for a job with this token. One process owns the epoch: there is nobody to lock out. */
const noLock = '0'
/** BullMQ tells every step to a stream. A lane that has more jobs than this has it kept empty; most lanes end before. */
const jobsTold = 4
/** Never reached: giving up is the store's decision, by the message's age. */
const attempts = 1_000_000

export class Lanes {
  readonly prefix: string
  readonly #connection: RedisConnection
  readonly #client: IRedisClient
  readonly #keys: QueueKeys
  readonly #backends = new FreshMap<string, RedisQueueBackend>()
  /** Jobs that were added to lanes whose stream is not kept empty yet. */
  readonly #told = new FreshMap<RedisQueueBackend, number>()
  #nextId = 1

  constructor(redis: RedisClient, prefix: string) {
    this.prefix = prefix
    this.#client = corkedClient(redis)
    this.#connection = new RedisConnection(this.#client, {
      shared: true,
      blocking: false,
      skipVersionCheck: true,
    })
    // It tells of the connection's troubles, which end the process where nobody listens; the epoch's owner knows them
    this.#connection.on('error', () => undefined)
    this.#keys = new QueueKeys(prefix)
  }

  /** Resolves when BullMQ's scripts are known to the connection; the redis must be connected. */
  async ready(): Promise<void> {
    await this.#connection.client
  }

  /** Puts work at the end of a lane, in order. */
  async add(lane: string, work: readonly JobData[], now: Millis): Promise<void> {
    const backend = this.#backend(lane)
    this.#keepStreamShort(backend, work.length)
    const added = work.map(({ message, recipients }) => {
      const id = `${message}-${this.#nextId++}`
      return backend.addJobToTransaction(this.#client, newJob(message, recipients, now), id)
    })
    await Promise.all(added)
  }

  /** Takes the job at the head of a lane, null when the lane is empty. */
  async take(lane: string): Promise<Job | null> {
    return this.#read(lane, await this.#backend(lane).moveToActive(noLock))
  }

  /** Removes a job that was taken; `andTake` takes the next of its lane in the same step. */
  async finish(job: Job, andTake: boolean): Promise<Job | null> {
    if (job.lanes !== this) throw new LanesLost('a job of another epoch')
    const done: Pick<MinimalJob, 'id' | 'opts'> = { id: job.id, opts: { attempts } }
    const { result } = await this.#backend(job.lane).moveToCompleted(
      done as MinimalJob,
      null,
      true,
      noLock,
      andTake,
    )
    return this.#read(job.lane, result ?? [])
  }

  /** Removes the jobs of a lane that nobody has taken. */
  async drain(lane: string): Promise<void> {
    await this.#backend(lane).drain(false)
  }

  /** Forgets a lane that has no jobs, in Redis and here. */
  async forget(lane: string): Promise<void> {
    const backend = this.#backends.get(lane)
    if (!backend) return
    this.#backends.delete(lane)
    this.#told.delete(backend)
    const { id, events, marker, meta, pc } = backend.keys
    await this.#client.del(...[id, events, marker, meta, pc].filter((key) => key !== undefined))
  }

  /** Lets go of the connection, which goes on to live. */
  async close(): Promise<void> {
    await this.#connection.close()
  }

  #backend(lane: string): RedisQueueBackend {
    const known = this.#backends.get(lane)
    if (known) return known
    // BullMQ builds its keys with colons, which a lane's name may contain (smtp://host:port)
    const name = encodeURIComponent(lane)
    const options = { connection: this.#client, prefix: this.prefix }
    const backend = new RedisQueueBackend(
      this.#connection,
      name,
      this.#keys.getKeys(name),
      (type) => this.#keys.toKey(name, type),
      options,
      undefined,
      false,
    )
    this.#backends.set(lane, backend)
    this.#told.set(backend, 0)
    return backend
  }

  /** BullMQ would keep ten thousand entries. */
  #keepStreamShort(backend: RedisQueueBackend, jobs: number): void {
    const told = this.#told.get(backend)
    if (told === undefined) return
    if (told + jobs <= jobsTold) {
      this.#told.set(backend, told + jobs)
      return
    }
    this.#told.delete(backend)
    backend.setQueueMeta({ 'opts.maxLenEvents': 0 }).catch(() => undefined)
  }

  /** `taken` is what BullMQ's fetching scripts answer: the job's fields and its id, or zeros. */
  #read(lane: string, taken: readonly unknown[]): Job | null {
    const [fields, id] = taken
    if (!fields) return null
    const work = parseJobData((fields as Partial<JobJson>).data)
    if (!work || typeof id !== 'string') throw new LanesLost('a job that is not ours')
    return { id, lane, lanes: this, ...work }
  }
}

const newJob = (message: number, recipients: readonly number[], now: Millis): JobJson => ({
  id: '',
  name: 'd',
  data: JSON.stringify([message, ...recipients]),
  opts: {}, // each is read again with the job; what counts is said when it is finished
  progress: 0,
  attemptsMade: 0,
  attemptsStarted: 0,
  timestamp: now,
  failedReason: '',
  returnvalue: '',
  stalledCounter: 0,
})

function parseJobData(data: string | undefined): JobData | null {
  if (data === undefined) return null
  const values: unknown = JSON.parse(data)
  if (!Array.isArray(values) || !values.every((value) => Number.isSafeInteger(value))) return null
  const [message, ...recipients] = values as number[]
  return message === undefined ? null : { message, recipients }
}
