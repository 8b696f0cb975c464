/** Puts mail into a side: smtp-source for all shapes but `fanout`, and a probe beside it that measures accepting. */
import { setTimeout as sleep } from 'node:timers/promises'
import { startProcess } from './processes.ts'
import { fanoutDestinations, type Shape } from './shapes.ts'
import { makeMessage, SmtpSession } from './smtp-session.ts'

const sender = 'sender@customer.example'
const recipient = 'rcpt@dest.bench.example'

/** What the sending side saw. */
export interface Sent {
  /** Messages answered 250. */
  messages: number
  /** Milliseconds from MAIL to the 250 after the final dot, of the messages that were watched. */
  acceptMs: number[]
}

/** Sends `count` messages of a shape and resolves when the last has its 250. */
export async function sendLoad(
  shape: Shape,
  port: number,
  count: number,
  signal: AbortSignal,
): Promise<Sent> {
  if (shape.recipients > 1) return sendFanout(shape, port, count, signal)
  const probe = new Probe(port, shape.bytes, signal)
  try {
    await runSource(shape, port, count, signal)
  } finally {
    await probe.stop()
  }
  return { messages: count + probe.acceptMs.length, acceptMs: probe.acceptMs }
}

async function runSource(
  shape: Shape,
  port: number,
  count: number,
  signal: AbortSignal,
): Promise<void> {
  const sessions = Math.min(shape.sessions, count)
  const address = `127.0.0.1:${String(port)}`
  await using source = startProcess('smtp-source', [
    ...['-s', String(sessions), '-m', String(count), '-l', String(shape.bytes)],
    ...(shape.keepOpen ? ['-d'] : []),
    ...['-M', 'client.bench.example', '-f', sender, '-t', recipient, address],
  ])
  const code = await untilAborted(source.ended, signal)
  if (code !== 0) throw new Error(`smtp-source gave up: ${source.complaint()}`)
}

/** One message each 100 ms from a session of its own, beside the load: equal for all sides, 1 % of it or less. */
const probeIntervalMs = 100

class Probe {
  readonly acceptMs: number[] = []
  readonly #stop = new AbortController()
  readonly #done: Promise<void>

  constructor(port: number, bytes: number, signal: AbortSignal) {
    this.#done = this.#run(port, bytes, signal)
    // The failure is told by stop(); until then it must not count as unhandled.
    this.#done.catch(() => undefined)
  }

  /** Ends after the message that is under way; throws what stopped it earlier. */
  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#done
  }

  async #run(port: number, bytes: number, signal: AbortSignal): Promise<void> {
    const session = await SmtpSession.open(port, signal)
    let next = performance.now()
    while (!this.#stop.signal.aborted) {
      const start = performance.now()
      await session.send(sender, [recipient], makeMessage(sender, recipient, bytes))
      this.acceptMs.push(performance.now() - start)
      next = Math.max(next + probeIntervalMs, performance.now())
      await sleep(Math.max(0, next - performance.now()), undefined, {
        signal: this.#stop.signal,
      }).catch(() => undefined)
    }
    session.close()
  }
}

async function sendFanout(
  shape: Shape,
  port: number,
  count: number,
  signal: AbortSignal,
): Promise<Sent> {
  const recipients = fanoutDestinations.map(({ domain }) => `rcpt@${domain}`)
  const acceptMs: number[] = []
  let left = count
  const runSession = async (): Promise<void> => {
    const session = await SmtpSession.open(port, signal)
    while (left > 0) {
      left -= 1
      signal.throwIfAborted()
      const start = performance.now()
      await session.send(sender, recipients, makeMessage(sender, recipient, shape.bytes))
      acceptMs.push(performance.now() - start)
    }
    session.close()
  }
  await Promise.all(Array.from({ length: Math.min(shape.sessions, count) }, runSession))
  return { messages: count, acceptMs }
}

/** The promise's value, unless the signal comes first. */
async function untilAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  signal.throwIfAborted()
  return new Promise<Value>((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error)
    signal.addEventListener('abort', onAbort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}
