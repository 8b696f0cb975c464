import { expect } from 'vitest'
import { Dispatcher, type DispatcherTools } from '../../../src/delivery/dispatcher.ts'
import { Flight } from '../../../src/delivery/flight.ts'
import { LaneBook } from '../../../src/delivery/lane-book.ts'
import { Lane } from '../../../src/delivery/lane.ts'
import { MessageBytes } from '../../../src/delivery/message-bytes.ts'
import { Slots } from '../../../src/delivery/slots.ts'
import { Smarthosts } from '../../../src/delivery/smarthosts.ts'
import { TargetFinder } from '../../../src/delivery/targets.ts'
import { Tasks } from '../../../src/delivery/tasks.ts'
import type { Place } from '../../../src/destinations/pace.ts'
import { createResolver } from '../../../src/destinations/resolve-hosts.ts'
import { beginEpoch } from '../../../src/queue/epoch.ts'
import type { AnswerTo } from '../../../src/store/protocol/answers.ts'
import { StoreClient } from '../../../src/store/protocol/client.ts'
import type { Command } from '../../../src/store/protocol/commands.ts'
import { hour, minute, systemClock } from '../../../src/time/clock.ts'
import type { Gate } from '../../kit/facts.ts'
import { follow } from '../../kit/sessions.ts'
import type { RedisServer } from '../queue/redis-server.ts'
import { connectTools } from './client/raw-host.ts'
import { slotsWith, type paceLimits } from './running-delivery.ts'
import type { StoreWithMail } from './store-with-mail.ts'

/** Lets outcomes through to the store only when the gate is open, and can refuse to begin anything, as a short disk does. */
class LateClient extends StoreClient {
  settles: Gate | null = null
  refuses = false
  readonly refusedAt: number[] = []

  override async send<C extends Command>(
    command: C,
    payload: Uint8Array | null = null,
  ): Promise<AnswerTo<C>> {
    if (command.kind === 'settle') await this.settles?.pass()
    if (command.kind === 'start' && this.refuses) {
      this.refusedAt.push(performance.now())
      return { kind: 'unavailable', cause: 'disk full' } as never
    }
    return super.send(command, payload)
  }
}

const say = () => undefined
const log = { debug: say, info: say, warn: say, error: say }

/**
 * A dispatcher on a real store and a real Redis, without timers and without news from the store: nothing happens that the
 * test does not ask for.
 */
export async function startDispatcher(
  store: StoreWithMail,
  redis: RedisServer,
  limits: typeof paceLimits,
  change: Partial<Pick<DispatcherTools, 'resolver' | 'reader'>> & { smarthosts?: Smarthosts } = {},
) {
  const { lock, schedule } = follow()
  const client: LateClient = new LateClient({
    socketPath: store.socketPath,
    principal: { kind: 'process', id: 'delivery' },
    onConnect: (port) => flight.follow(port),
  })
  const flight = new Flight(client, log, { lock, schedule })
  const slots = new Slots<Lane>({ ...slotsWith(limits), onTurn: () => dispatcher.give() })
  const book = new LaneBook(systemClock, (_queues, error) => {
    throw error
  })
  const settings = { resolver: '127.0.0.1:9', port: 25, ipv6: false, allowPrivate: true }
  const resolver = change.resolver ?? createResolver(settings)
  const tasks = new Tasks(log)
  const { reader = store.reader, smarthosts = new Smarthosts(connectTools()) } = change
  const dispatcher: Dispatcher = new Dispatcher({
    ...connectTools(),
    clock: systemClock,
    log,
    store: client,
    reader,
    flight,
    slots,
    book,
    resolver,
    tasks,
    targets: new TargetFinder({ sandboxSocket: '' }, resolver, smarthosts),
    bytes: new MessageBytes(reader),
    timeouts: { replyMs: minute, pieceMs: minute, finalReplyMs: minute },
    schedule,
    unknownDomainGraceMs: 0,
    delayNoticeMs: 0,
    lifetimeMs: hour,
    frontHeaders: [],
  })
  book.begin(await beginEpoch(await redis.client(), 'store', 'epoch'))
  await client.whenConnected()
  return {
    dispatcher,
    slots,
    client,
    [Symbol.asyncDispose]: async () => {
      dispatcher.close()
      await tasks.ended(minute)
      slots.closeAll()
      resolver.close()
      client.close()
    },
  }
}

/** A connection to these hosts fails, so that they rest. */
export function haveRest(slots: Slots<Lane>, place: Place): void {
  const lane = new Lane('before', place, { class: 1, submitter: 1 })
  lane.isBehind(null)
  slots.enter(lane)
  const turn = slots.next()
  if (!turn) throw new Error('no turn')
  slots.connectionFailed(turn.slot, 'connection refused')
  slots.release(turn.slot, null)
  slots.leave(lane)
  expect(slots.restOf(place.hostSet)).toMatchObject({ cause: 'connection refused' })
}
