import { Type, type Static } from 'typebox'
import type { ProcessHealth } from '../ipc/process-health.ts'
import type { RedisTrouble } from '../redis/check-redis.ts'
import type { ClockJump } from '../store/protocol/answers.ts'
import { second } from '../time/clock.ts'
import { describeDuration } from '../time/duration.ts'
import {
  describeHeldMail,
  keepsAllBack,
  nothingHeld,
  standingHolds,
  type HeldMail,
} from './held-mail.ts'
import type { StoreAccess } from './store-access.ts'
import { within } from '../time/within.ts'

const ProcessState = Type.Enum(['ok', 'unavailable', 'unknown'], { type: 'string' })

export const ReadinessSchema = Type.Object(
  {
    status: Type.Enum(['ok', 'degraded', 'unavailable'], { type: 'string' }),
    supervisor: Type.Enum(['ok', 'unavailable'], { type: 'string' }),
    store: Type.Enum(['ok', 'full', 'unavailable'], { type: 'string' }),
    smtp: ProcessState,
    delivery: ProcessState,
    redis: Type.Enum(['ok', 'unavailable'], { type: 'string' }),
    route: Type.String(),
    sandbox: Type.Boolean({ description: 'true: all mail is swallowed, nothing leaves' }),
    detail: Type.String(),
  },
  { additionalProperties: false },
)

export type Readiness = Static<typeof ReadinessSchema>

/** What it means for mail that a process is not there or does not answer. */
export const meaningOfLoss = {
  store: 'nothing is accepted or recorded',
  smtp: 'no mail is accepted',
  delivery: 'mail is accepted, not delivered',
  redis: 'mail is accepted, not delivered',
  api: "the queue can't be looked at",
} as const

/** How long the store may take to answer before it counts as away. */
const storeAnswerMs = 2 * second

/** Asks the store how it is. It commits between its answers, so a store that can't commit any more does not answer. */
export async function storeState(access: {
  store: Pick<StoreAccess['store'], 'send'>
  reader: Pick<StoreAccess['reader'], 'holds'>
}): Promise<Pick<ReadinessFacts, 'store' | 'sendsMail' | 'clockJump' | 'held'>> {
  try {
    const answer = await within(storeAnswerMs, access.store.send({ kind: 'in-flight' }))
    if (answer?.kind !== 'in-flight') return away
    const { takesMail, sendsMail, clockJump, held: recipients } = answer
    const held = { recipients, ...(await standingHolds(access)) }
    return { store: takesMail ? 'ok' : 'full', sendsMail, clockJump, held }
  } catch {
    return away
  }
}

const away = {
  store: 'unavailable',
  sendsMail: true,
  clockJump: null,
  held: nothingHeld,
} as const

export interface ReadinessFacts {
  store: Readiness['store']
  /** false: nothing is sent and operations wait, as free space is short and the write-ahead log can't be moved. */
  sendsMail: boolean
  /** null: Redis can be used. */
  redis: RedisTrouble | null
  /** What the supervisor says; null: it does not answer. */
  processes: readonly ProcessHealth[] | null
  route: string
  /** null: the clock is steady, as far as the store answers. */
  clockJump: ClockJump | null
  /** What is kept back on purpose. */
  held: HeldMail
}

/**
 * Whether the relay accepts and delivers mail. It accepts mail while supervisor, smtp and store answer; without delivery or Redis
 * mail is accepted and waits.
 */
export function readiness(facts: ReadinessFacts): Readiness {
  const { processes, route } = facts
  const store = processes && faultOf('store', processes) ? 'unavailable' : facts.store
  const smtp = processes && faultOf('smtp', processes)
  const delivery = processes && faultOf('delivery', processes)
  const takesMail = processes !== null && store === 'ok' && smtp === null
  const sending = delivery ?? sendingTrouble(facts)
  const sandbox = route === 'sandbox'
  const sentences = [
    processes === null && supervisorSilent,
    store === 'unavailable' &&
      `${(processes && faultOf('store', processes)) ?? 'The store does not answer'}: ${meaningOfLoss.store}.`,
    store === 'full' &&
      `Free space is short: no mail is accepted${sending === null ? ', what is queued goes on' : ''}.`,
    smtp !== null && `${smtp}: ${meaningOfLoss.smtp}.`,
    sending !== null &&
      `${sending}: ${takesMail ? meaningOfLoss.delivery : 'nothing is delivered'}.`,
    store === 'full' && !facts.sendsMail && operationsWait,
    facts.redis?.blocks === false && `${facts.redis.words}.`,
    apiTrouble(processes),
    sandbox && 'Sandbox: all mail is swallowed, nothing leaves.',
  ].filter((sentence) => sentence !== false)
  const said =
    sentences.join(' ') ||
    (keepsAllBack(facts.held) ? 'Mail is accepted.' : 'Mail is accepted and delivered.')
  const isWhole = sending === null && facts.redis === null && !apiTrouble(processes)
  return {
    status: takesMail ? (isWhole ? 'ok' : 'degraded') : 'unavailable',
    supervisor: processes ? 'ok' : 'unavailable',
    store,
    smtp: stateOf(processes, smtp),
    delivery: stateOf(processes, delivery),
    redis: facts.redis?.blocks ? 'unavailable' : 'ok',
    route,
    sandbox,
    detail: [
      said,
      ...describeHeldMail(facts.held),
      ...(facts.clockJump ? [clockWords(facts.clockJump)] : []),
    ].join(' '),
  }
}

/** What is known without asking the store: what the supervisor says of the processes, and how Redis is where it was asked. */
export const readinessOfProcesses = (
  processes: ReadinessFacts['processes'],
  route: string,
  redis: ReadinessFacts['redis'] = null,
): Readiness =>
  readiness({
    store: 'ok',
    sendsMail: true,
    clockJump: null,
    held: nothingHeld,
    redis,
    processes,
    route,
  })

/** Mail goes on after a jump; the text is for a person who can check the clock. */
const clockWords = ({ byMs, acceptedInMs }: ClockJump): string =>
  `The clock jumped ${describeDuration(Math.abs(byMs))} ${byMs < 0 ? 'back' : 'forward'}; mail goes on by the time before, for ${describeDuration(acceptedInMs)} more. If the clock is right: sluice clock accept.`

const supervisorSilent =
  'The supervisor (sluice start) does not answer: whether mail is accepted is not known, and a process that ends is not started again.'

const operationsWait = 'Operations that are under way wait until there is room, and none is begun.'

const stateOf = (processes: unknown, fault: string | null): Readiness['smtp'] => {
  if (processes === null) return 'unknown'
  return fault === null ? 'ok' : 'unavailable'
}

/** `smtp (process 123) does not answer`; null: the process answers, and is able to work as far as it knows. */
function faultOf(name: 'store' | 'smtp' | 'api' | 'delivery', all: readonly ProcessHealth[]) {
  const found = all.find((each) => each.name === name)
  const who = found?.pid == null ? name : `${name} (process ${found.pid})`
  switch (found?.state) {
    case 'ready':
      // What keeps delivery from sending is reported together with the state of Redis.
      return found.trouble === null || name === 'delivery' ? null : `${name}: ${found.trouble}`
    case 'silent':
      return `${who} does not answer`
    case 'ended':
      return `${name} ended and is started again`
    case 'starting':
    case undefined:
      return `${who} is being started`
  }
}

/** Why a delivery process that answers sends nothing. */
function sendingTrouble({ redis, processes, sendsMail }: ReadinessFacts): string | null {
  if (redis?.blocks) return redis.words
  if (!sendsMail)
    return 'The write-ahead log of the store can’t be moved into the database, as a reader such as a backup keeps it or the disk is too full'
  const said = processes?.find(({ name }) => name === 'delivery')?.trouble ?? null
  return said
}

function apiTrouble(processes: ReadinessFacts['processes']): string | false {
  const fault = processes && faultOf('api', processes)
  return fault !== null && `${fault}: ${meaningOfLoss.api}.`
}
