import { Epochs } from '../queue/epochs.ts'
import type { Lanes } from '../queue/lanes.ts'
import type { CommandPort } from '../store/protocol/client.ts'
import type { DuePush } from '../store/protocol/commands.ts'
import { minute, rfc3339, second } from '../time/clock.ts'
import { newUlid } from '../time/ulid.ts'
import type { AnyEvent } from '../words/event.ts'
import type { RecipientKey } from '../words/keys.ts'
import { readLaneName } from '../words/lane-name.ts'
import { Dispatcher, type DispatcherTools } from './dispatcher.ts'
import { Expiry } from './expiry.ts'
import { Flight } from './flight.ts'
import { BlockerReport } from './blocker-report.ts'
import { LaneBook } from './lane-book.ts'
import type { Lane } from './lane.ts'
import { MessageBytes } from './message-bytes.ts'
import { RedisWatch } from './redis-watch.ts'
import { Slots, type SlotsOptions } from './slots.ts'
import { Smarthosts } from './smarthosts.ts'
import { TargetFinder, type TargetSettings } from './targets.ts'
import { Tasks } from './tasks.ts'
import { watchDelivery } from './delivery-metrics.ts'

/** How a relay that ends waits. */
export interface ClosingTimes {
  /** For hosts to take what is on its way. */
  cutOffAfterMs: number
  /** In all, for the word of those that have taken it. */
  closeWithinMs: number
  /** For the store to write down that the word of the others is unknown. */
  recordWithinMs: number
}

export const closingTimes: ClosingTimes = {
  cutOffAfterMs: 2 * second,
  closeWithinMs: 20 * second,
  recordWithinMs: 5 * second,
}

type Made = 'slots' | 'targets' | 'bytes' | 'flight' | 'book' | 'tasks'
export interface DeliveryOptions extends Omit<DispatcherTools, Made> {
  redisSocket: string
  storeId: string
  targets: TargetSettings
  slots: Omit<SlotsOptions, 'onTurn'>
  /** Names the lock that this process holds, so that the store knows that an earlier one is dead. */
  lock: string
  closing: ClosingTimes
}

const wakeEveryMs = 100
const lookAroundEveryMs = minute
const expireEveryMs = minute
const tickEveryMs = second

export class Delivery {
  readonly #options: DeliveryOptions
  readonly #flight: Flight
  readonly #book: LaneBook
  readonly #slots: Slots<Lane>
  readonly #tasks: Tasks
  readonly #dispatcher: Dispatcher
  readonly #epochs: Epochs
  readonly #expiry: Expiry
  readonly #report: BlockerReport
  readonly #redis: RedisWatch
  readonly #timers: NodeJS.Timeout[] = []
  readonly #redisInUse = Promise.withResolvers<undefined>()
  readonly #endWatch: () => void
  #following = false
  #queues: Lanes | null = null
  #lostRedis = false
  #closing = false

  constructor(options: DeliveryOptions) {
    this.#options = options
    const { store, reader, clock, log, redisSocket } = options
    this.#tasks = new Tasks(log)
    this.#flight = new Flight(store, log, options)
    this.#slots = new Slots({ ...options.slots, onTurn: () => this.#dispatcher.give() })
    this.#book = new LaneBook(clock, (queues, error) => this.#onQueuesLost(queues, error))
    const tools = {
      ...options,
      flight: this.#flight,
      book: this.#book,
      slots: this.#slots,
      tasks: this.#tasks,
      targets: new TargetFinder(options.targets, options.resolver, new Smarthosts(options)),
      bytes: new MessageBytes(reader),
    }
    this.#dispatcher = new Dispatcher(tools)
    this.#expiry = new Expiry(tools)
    this.#report = new BlockerReport(options)
    this.#redis = new RedisWatch(options)
    this.#epochs = new Epochs(
      { socketPath: redisSocket, storeId: options.storeId, newId: () => newUlid(clock.now()) },
      {
        onBegin: (queues) => this.#onEpoch(queues),
        onEnd: (reason) => this.#onEpochEnd(reason),
        onFailure: (error) => this.#redis.failed(error),
      },
    )
    this.#endWatch = watchDelivery({
      book: this.#book,
      slots: this.#slots,
      usesRedis: () => this.#queues !== null && this.#redis.trouble === null,
    })
    this.#every(wakeEveryMs, () => this.#dispatcher.wake())
    this.#every(lookAroundEveryMs, () => this.#dispatcher.lookAround())
    this.#every(tickEveryMs, () => this.#tick())
    this.#every(expireEveryMs, () => this.#tasks.run(this.#expiry.look()))
  }

  /** What keeps it from sending anything, in words; null: nothing. */
  get trouble(): string | null {
    if (!this.#following) return 'delivery has no connection to the store'
    return this.#redis.trouble ?? (this.#queues ? null : 'Redis is not in use yet')
  }

  /** Resolves once the lanes are laid for the first time. */
  async whenRedisInUse(): Promise<void> {
    await this.#redisInUse.promise
  }

  /** What is being sent or recorded at this moment. */
  get inFlight(): readonly RecipientKey[] {
    return [...this.#flight.recipients]
  }

  /** The greeting of each connection to the store, which tells what becomes due from here on. */
  async follow(port: Pick<CommandPort, 'send'>): Promise<void> {
    await this.#flight.follow(port)
    this.#following = true
    this.#report.forget()
    this.#resume()
  }

  onStoreLost(): void {
    this.#following = false
    this.#dispatcher.pause()
  }

  onDue(push: DuePush): void {
    this.#dispatcher.onDue(push)
  }

  /**
   * Begins nothing new, waits a moment for what is on its way, and cuts off what hosts don't take: it is due as before. Who
   * has a whole message has more time to say so, or it would be sent twice; a word that never comes is recorded as that.
   */
  async close(): Promise<void> {
    this.#closing = true
    this.#tasks.quiet()
    this.#dispatcher.close()
    this.#expiry.close()
    this.#options.resolver.close()
    for (const timer of this.#timers) clearInterval(timer)
    const { deadlines, closing } = this.#options
    const { cutOffAfterMs, closeWithinMs, recordWithinMs } = closing
    await this.#tasks.ended(cutOffAfterMs)
    if (this.#tasks.size > 0) deadlines.cutShort()
    await this.#tasks.ended(closeWithinMs - cutOffAfterMs)
    if (this.#tasks.size > 0) deadlines.cutOff()
    await this.#tasks.ended(recordWithinMs)
    this.#epochs.close()
    this.#slots.closeAll()
    this.#endWatch()
  }

  #every(ms: number, act: () => void): void {
    this.#timers.push(setInterval(act, ms))
  }

  #resume(): void {
    if (this.#following && this.#queues && !this.#closing) this.#dispatcher.start()
  }

  #onEpoch(queues: Lanes): void {
    this.#queues = queues
    this.#redisInUse.resolve(undefined)
    if (this.#lostRedis) this.#note({ event: 'redis_recovered', data: {} })
    this.#lostRedis = false
    this.#options.log.info({ epoch: queues.prefix }, 'filling the lanes')
    this.#book.begin(queues)
    this.#resume()
  }

  #onEpochEnd(reason: string): void {
    this.#queues = null
    this.#lostRedis = true
    this.#options.log.warn({ event: 'redis_lost', reason }, 'sending pauses until Redis is back')
    this.#note({ event: 'redis_lost', data: { reason } })
    this.#dispatcher.pause()
    for (const lane of this.#book.end()) this.#slots.leave(lane)
  }

  #onQueuesLost(queues: Lanes, error: unknown): void {
    this.#epochs.fail(queues, error instanceof Error ? error.message : String(error))
  }

  #note(happened: AnyEvent): void {
    const { store, log } = this.#options
    const unwritten = (why: object): void =>
      log.warn({ ...why, event: happened.event }, 'an event was not written down')
    store.send({ kind: 'note', happened }).then(
      (answer) => {
        if (answer.kind !== 'ok') unwritten({ answer })
      },
      (error: unknown) => unwritten({ err: error }),
    )
  }

  #tick(): void {
    this.#expiry.watch(this.#following && this.#queues !== null && !this.#closing)
    this.#dispatcher.tick()
    const { begun, work } = this.#slots.rests.takeNews()
    for (const { hostSet, until, cause } of begun) {
      const data = { hosts: hostsOf(hostSet), until: rfc3339(until), cause }
      this.#note({ event: 'hosts_rest', data })
    }
    for (const hostSet of work)
      this.#note({ event: 'hosts_work', data: { hosts: hostsOf(hostSet) } })
    void this.#redis.look(this.#queues !== null)
    if (this.#following) this.#report.tell(this.#slots.rests, this.#redis.trouble)
  }
}

/** The names of the hosts of a host set. */
function hostsOf(hostSet: string): string {
  const lane = readLaneName(hostSet)
  return lane.kind === 'hosts' ? lane.hosts : hostSet
}
