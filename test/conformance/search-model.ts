import type { GroupKind } from '../../src/store/protocol/groups.ts'
import { openStatuses, type Status } from '../../src/words/status.ts'
import { seeded } from '../kit/seeded.ts'
import { accept, messageTo, operation, outcome, OwnClock, recipientOf } from '../kit/store.ts'
import type { Engine, MakeEngine } from './engine.ts'

/** What the store was told, kept as plain rows: the search must find what a walk through them finds. */
export interface ModelRow {
  key: number
  message: number
  id: string
  messageIdHeader: string | null
  from: string
  account: string
  tag: string | null
  route: string
  to: string
  destination: string
  acceptedAt: number
  settled: Status | null
  held: boolean
  dueAt: number
}

export let engine: Engine
export const rows: ModelRow[] = []
const settling: Promise<unknown>[] = []
export const flight = new Set<number>()
export const begin = new OwnClock().at

const random = seeded(7)
const pick = <T>(some: readonly T[]): T => some[Math.floor(random() * some.length)] as T

/** Makes an engine and tells it a queue. */
export async function fill(make: MakeEngine): Promise<void> {
  engine = await make()
  for (let n = 0; n < 500; n++) {
    engine.clock.at += Math.floor(random() * 2000)
    await acceptOne(n % 97 === 0 ? 40 : 1 + Math.floor(random() * 5))
  }
  await Promise.all(settling)
  await engine.send(operation('hold', { filter: { tag: 'held' } }))
  for (const row of rows) row.held = row.tag === 'held' && row.settled === null
  for (const row of rows) if (row.settled === null && random() < 0.1) flight.add(row.key)
}

async function acceptOne(count: number): Promise<void> {
  const to = Array.from(
    { length: count },
    () => `${pick(['a', 'B', 'c'])}@d${pick([1, 2, 3])}.test`,
  )
  const message = messageTo(to, {
    submitter: { kind: 'account', id: pick(['one', 'two']) },
    sender: `${pick(['s', 'T'])}@${pick(['x.test', 'y.test'])}`,
    messageIdHeader: random() < 0.3 ? pick(['<twice@x>', '<often@x>', 'often@x']) : null,
    tag: pick([null, 'news', 'held']),
    route: to.length % 2 === 0 ? 'mx' : 'smtp://relay.test:25',
  })
  const key = await accept(engine, message)
  const mine = message.recipients.map(({ address, destination }, index): ModelRow => ({
    key: recipientOf(key, index),
    message: key,
    id: message.id,
    messageIdHeader: message.messageIdHeader,
    from: message.sender,
    account: message.submitter.id,
    tag: message.tag,
    route: message.route,
    to: address,
    destination,
    acceptedAt: engine.clock.at,
    settled: null,
    held: false,
    dueAt: engine.clock.at,
  }))
  rows.push(...mine)
  for (const [index, row] of mine.entries()) {
    const kind = pick([
      'delivered',
      'bounced',
      'deferred',
      'none',
      'suppressed',
      'expired',
    ] as const)
    if (kind === 'none') continue
    const dueAt = engine.clock.at + 10_000_000
    settling.push(engine.send(outcome(key, kind === 'deferred' ? { dueAt } : kind, [index])))
    if (kind === 'deferred') row.dueAt = dueAt
    else row.settled = kind
  }
}

export function statusOf(row: ModelRow): Status {
  if (row.settled) return row.settled
  if (flight.has(row.key)) return 'in_flight'
  if (row.held) return 'held'
  return row.dueAt <= engine.clock.at ? 'queued' : 'deferred'
}

export function countsOf(some: readonly ModelRow[]) {
  const count = (status: Status) => some.filter((row) => statusOf(row) === status).length
  return {
    total: some.filter((row) => row.settled === null).length,
    queued: count('queued'),
    deferred: count('deferred'),
    held: count('held'),
    parked: 0,
    in_flight: count('in_flight'),
  }
}

export const isOf = (row: ModelRow, by: GroupKind, name: string): boolean =>
  (by === 'destination' ? row.destination : `account:${row.account}`) === name

export const open: readonly Status[] = openStatuses
