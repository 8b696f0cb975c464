/**
 * Counts how long the way through the code is: the files of which a function is called, and the calls of functions, while a warm
 * relay takes one message (from DATA to its 250) and while it retries one over HTTP.
 *
 *   npm run bench -- way
 *   npm run bench -- way --root ../another-checkout --list
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { idIn, onTheWire } from '../kit/smtp-conversation.ts'
import { UsageError } from './options.ts'
import { addUp, describeCalls, type Calls, type Way } from './way/calls.ts'
import { startCountedRelay, type CountedRelay } from './way/counted-relay.ts'

interface WayOptions {
  /** The checkout whose relay is started. */
  root: string
  folder: string
  keep: boolean
  json: boolean
  /** Print each function, too. */
  list: boolean
}

function readOptions(args: string[]): WayOptions {
  try {
    const { values } = parseArgs({
      args,
      options: {
        root: { type: 'string', default: join(import.meta.dirname, '..', '..') },
        folder: { type: 'string', default: '/var/tmp' },
        keep: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        list: { type: 'boolean', default: false },
      },
    })
    return { ...values, root: resolve(values.root) }
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

/** Messages before the first that counts. */
const warmUps = 10
/** What is called in each of so many tries is counted: timers that run beside are not on the way. */
const tries = 9

const content = onTheWire(
  'From: <sender@customer.test>\r\nTo: <someone@dest.test>\r\nSubject: hello\r\n' +
    'Message-ID: <1@customer.test>\r\nDate: Sun, 22 Nov 2026 12:00:00 +0000\r\n\r\nhello\r\n',
)

/** The way begins after MAIL and RCPT, and ends with the reply to the final dot. */
async function sendContent({ client }: CountedRelay): Promise<string> {
  await client.command('DATA', /^354 /)
  return idIn(await client.write(content).reply())
}

/** What delivery has to say of it is said before the next message comes. */
async function countData(relay: CountedRelay): Promise<{ id: string; calls: Calls }> {
  await relay.client.command('MAIL FROM:<sender@customer.test>', /^250 /)
  await relay.client.command('RCPT TO:<someone@dest.test>', /^250 /)
  let id = ''
  const calls = await relay.counted(['smtp', 'store'], async () => {
    id = await sendContent(relay)
  })
  await relay.untilDeferred(id)
  return { id, calls }
}

/** Longer than the API remembers what it asked the store for another request. */
const forgottenMs = 500

async function countRetry(relay: CountedRelay): Promise<Calls> {
  const { id } = await countData(relay)
  await sleep(forgottenMs)
  return relay.counted(['api', 'store'], async () => {
    const { status, body } = await relay.api(`/queue/messages/${id}/retry`, { json: {} })
    if (status !== 200) throw new Error(`retry: ${status} ${JSON.stringify(body)}`)
  })
}

/** Counts both ways once the relay is warm. */
async function countWays(relay: CountedRelay, root: string): Promise<Way[]> {
  const data: Calls[] = []
  for (let message = -warmUps; message < tries; message++) {
    const { calls } = await countData(relay)
    if (message >= 0) data.push(calls)
  }
  const retry: Calls[] = []
  for (let message = -warmUps; message < tries; message++) {
    const calls = await countRetry(relay)
    if (message >= 0) retry.push(calls)
  }
  return [addUp('DATA to 250', root, data), addUp('HTTP retry of one message', root, retry)]
}

/** Needs no Postfix: the host that mail goes to is the benchmark's own. */
export async function measureWay(args: string[], signal: AbortSignal): Promise<void> {
  const options = readOptions(args)
  const folder = mkdtempSync(join(options.folder, 'sluice-way-'))
  try {
    await using relay = await startCountedRelay(folder, options.root, signal)
    for (const way of await countWays(relay, options.root)) {
      console.log(options.json ? JSON.stringify(way) : describeCalls(way, options.list))
    }
  } finally {
    if (!options.keep) rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}
