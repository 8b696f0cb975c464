/**
 * Mail at a fixed rate, from a process of its own so that who measures something else is not measured too. A message
 * counts from the moment at which it was to be sent: a relay that makes its clients wait can't hide that.
 */
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { percentile } from '../statistics.ts'
import { makeMessage, SmtpSession } from '../smtp-session.ts'

/** One message: when it was to be sent (ms since the epoch) and how long its 250 took from there. */
type Sample = [at: number, acceptMs: number]

export interface SteadyLoad {
  /** Rate that was really reached, and the wait for the 250, of what was to be sent in that span (ms since the epoch). */
  during(from: number, until: number): Promise<{ rate: number; p50: number; p99: number }>
  /** Stops and says how many messages had their 250. */
  stop(): Promise<number>
  [Symbol.asyncDispose](): Promise<void>
}

const sessions = 50
const tickMs = 2

export async function startSteadyLoad(port: number, rate: number): Promise<SteadyLoad> {
  const child = fork(fileURLToPath(import.meta.url), [String(port), String(rate)], {
    detached: true,
  })
  await once(child, 'message')
  const samples = async (): Promise<Sample[]> => {
    const answer = once(child, 'message')
    child.send('samples')
    return ((await answer) as [Sample[]])[0]
  }
  return {
    async during(from, until) {
      const times = (await samples()).filter(([at]) => at >= from && at < until)
      const acceptMs = times.map(([, ms]) => ms)
      return {
        rate: times.length / ((until - from) / 1000),
        p50: percentile(acceptMs, 50),
        p99: percentile(acceptMs, 99),
      }
    },
    async stop() {
      const answer = once(child, 'message')
      child.send('stop')
      return ((await answer) as [number])[0]
    },
    [Symbol.asyncDispose]: () => endChild(child),
  }
}

async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
}

async function send(port: number, rate: number, stop: AbortSignal): Promise<Sample[]> {
  const forever = new AbortController().signal
  const open = await Promise.all(
    Array.from({ length: sessions }, () => SmtpSession.open(port, forever)),
  )
  const samples: Sample[] = []
  process.on('message', (word) => {
    if (word === 'samples') process.send?.(samples)
  })
  process.send?.('started')
  const begin = performance.now()
  let scheduled = 0
  await Promise.all(
    open.map(async (session) => {
      while (!stop.aborted) {
        const at = begin + (scheduled * 1000) / rate
        if (performance.now() < at) {
          await sleep(tickMs)
          continue
        }
        const number = scheduled++
        const sender = `load@customer-${String(number % 50)}.example`
        const recipient = `live-${String(number)}@dest-${String(number % 2000)}.example`
        await session.send(sender, [recipient], makeMessage(sender, recipient, 4096))
        samples.push([performance.timeOrigin + at, performance.now() - at])
      }
      session.close()
    }),
  )
  return samples
}

async function main(port: number, rate: number): Promise<void> {
  const stop = new AbortController()
  process.on('message', (word) => {
    if (word === 'stop') stop.abort()
  })
  process.once('disconnect', () => process.exit(0))
  const samples = await send(port, rate, stop.signal)
  process.send?.(samples.length)
  process.disconnect()
}

if (import.meta.main) await main(Number(process.argv[2]), Number(process.argv[3]))
