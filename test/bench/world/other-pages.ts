/** Every list of the API but that of messages: each has many pages here, and how long they take. */
import { setTimeout as sleep } from 'node:timers/promises'
import { decodeEventCursor, encodeEventCursor } from '../../../src/operations/cursor.ts'
import { Conversation, idIn } from '../../kit/smtp-conversation.ts'
import type { Api } from '../scale/api.ts'
import { percentile } from '../statistics.ts'
import { below, seen, type Figure } from './figure.ts'
import type { WorldRelay } from './relay.ts'
import { secondsUntil } from './scenario.ts'

/** Recipients of the one message whose recipients and attempts are listed, each in a destination of its own. */
const recipients = 1000
/** Setting one is an operation too. */
const holds = 300
const pagesEach = 10
const timesEach = 10
/** Somebody pages, nobody hammers. */
const restMs = 25
const limitSeconds = 120

/** A list as it is asked for, without the cursor. */
interface List {
  path: string
  query: Readonly<Record<string, string>>
}

interface Measured {
  ms: number[]
  /** The most on one page. */
  rows: number
}

export interface OtherPages {
  relay: WorldRelay
  api: Api
  /** Open recipients in the store, each with an event at least. */
  open: number
  /** Where the message with many recipients goes; each number has hosts. */
  domain: (number: number) => string
  signal: AbortSignal
}

interface Page {
  data: { cursor?: string }[]
  next_cursor: string | null
}

/** @returns the id of a message with many recipients that were all tried */
async function fillMessage({ relay, domain, signal }: OtherPages): Promise<string> {
  await using client = await Conversation.connect('127.0.0.1', relay.port)
  await client.expect(/^220 /)
  await client.ehlo()
  const to = Array.from({ length: recipients }, (_, number) => `many-${number}@${domain(number)}`)
  const id = idIn(await client.submit({ to }))
  const isDelivered = async (): Promise<boolean> => {
    const { body } = await relay.api(`/queue/messages/${id}`)
    const { recipient_counts } = body as { recipient_counts: Record<string, number> }
    return recipient_counts['delivered'] === recipients
  }
  const looks = { start: performance.now(), limitSeconds, everyMs: 500, signal }
  if ((await secondsUntil(isDelivered, looks)) === null) {
    throw new Error('the message with many recipients was never delivered to all of them')
  }
  return id
}

/** Standing holds of destinations that no mail goes to. */
async function fillHolds({ relay, signal }: OtherPages): Promise<void> {
  for (let number = 0; number < holds; number++) {
    signal.throwIfAborted()
    const path = `/holds/destination/held-${number}.example`
    const { status, body } = await relay.api(path, { method: 'PUT', json: {} })
    if (status !== 200) throw new Error(`${path}: ${status} ${JSON.stringify(body)}`)
  }
}

/** The cursor of an event in the middle of those that are kept. */
async function middleEvent({ api, open }: OtherPages): Promise<string> {
  const { data } = (await api.call('/events?limit=1')).body as Page
  const first = decodeEventCursor(data[0]?.cursor ?? '')
  if (!first) throw new Error('there is no event')
  return encodeEventCursor({ ...first, seq: first.seq + open })
}

function listsOf(id: string, middle: string): List[] {
  const message = `/queue/messages/${id}`
  const lists = [
    { path: `${message}/recipients`, query: {} },
    { path: `${message}/recipients`, query: { status: 'bounced' } },
    { path: `${message}/recipients`, query: { to: `many-${recipients - 1}@nowhere.example` } },
    { path: `${message}/attempts`, query: {} },
    { path: '/operations', query: {} },
    { path: '/holds', query: {} },
  ]
  const events = [{}, { limit: '1000' }, { after: middle }, { after: middle, limit: '1000' }]
  return [
    ...lists.flatMap(({ path, query }) => [
      { path, query },
      { path, query: { ...query, limit: '100' } },
    ]),
    ...events.map((query) => ({ path: '/events', query })),
  ]
}

const nameOf = (path: string): string => path.replace(/messages\/[^/]+/, 'messages/{id}')

function describe({ path, query }: List, { ms, rows }: Measured): string {
  const told = Object.entries(query).map(([key, value]) =>
    key === 'after' ? 'from the middle' : `${key}=${value}`,
  )
  const [p50, p99] = [50, 99].map((percent) => percentile(ms, percent).toFixed(1))
  const name = [nameOf(path), ...told].join(' ')
  return `${name}: ${ms.length} pages of at most ${rows}, p50 ${p50} ms, p99 ${p99} ms`
}

/** The first pages of the list. */
async function turnPages(api: Api, { path, query }: List, measured: Measured): Promise<void> {
  const key = path === '/events' ? 'after' : 'cursor'
  let at: Record<string, string> = {}
  for (let page = 0; page < pagesEach; page++) {
    const answer = await api.call(`${path}?${new URLSearchParams({ ...query, ...at }).toString()}`)
    const { data, next_cursor } = answer.body as Page
    measured.ms.push(answer.ms)
    measured.rows = Math.max(measured.rows, data.length)
    await sleep(restMs)
    if (next_cursor === null) return
    at = { [key]: next_cursor }
  }
}

/** Of each list, however it is asked for, the p99 is taken by itself, so that none of them hides among the others. */
export async function measureOtherPages(
  stage: OtherPages,
  say: (text: string) => void,
): Promise<Figure[]> {
  const id = await fillMessage(stage)
  await fillHolds(stage)
  const asked = listsOf(id, await middleEvent(stage)).map((list) => ({
    list,
    measured: { ms: [], rows: 0 },
  }))
  for (let time = 0; time < timesEach; time++) {
    for (const { list, measured } of asked) {
      stage.signal.throwIfAborted()
      await turnPages(stage.api, list, measured)
    }
  }
  for (const { list, measured } of asked) say(describe(list, measured))
  const lists = Map.groupBy(asked, ({ list }) => list.path)
  const found = [...lists]
    .map(([path, each]) => {
      const ms = each.flatMap(({ measured }) => measured.ms)
      return { name: nameOf(path), ms, p99: percentile(ms, 99) }
    })
    .toSorted((a, b) => b.p99 - a.p99)
  const all = found.flatMap(({ ms }) => ms)
  const [slowest] = found
  const of = `${all.length} of ${found.length} lists; the slowest: ${slowest?.name ?? ''}`
  return [
    below(`any other page p99 (${of})`, slowest?.p99 ?? null, 'ms', 50),
    seen('… p50 of all', percentile(all, 50), 'ms'),
    seen('… slowest of all', Math.max(...all), 'ms'),
  ]
}
