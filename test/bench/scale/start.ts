/** A start with a full queue and an empty Redis: when mail is taken again, when delivery is at its pace, at what memory. */
import { setTimeout as sleep } from 'node:timers/promises'
import { MemoryWatch } from '../memory-watch.ts'
import { untilArrived } from '../round.ts'
import type { Side } from '../sides/side.ts'
import type { Sinks } from '../sinks.ts'
import { makeMessage, SmtpSession } from '../smtp-session.ts'
import { rounded } from '../statistics.ts'
import { fullPace, type Count } from './pace.ts'

export interface StartResult {
  accepting_s: number
  full_pace_s: number
  deliveries_per_second: number
  delivered: number
  /** NaN where the limit came before. */
  drained_s: number
  peak_pss_mb: number
}

const lookMs = 50
const megabyte = 1024 * 1024

/** What is started, and where its mail ends. */
export interface Start {
  /** Where it will take mail, on 127.0.0.1. */
  port: number
  launch: () => Promise<Pick<Side, 'roots'> & AsyncDisposable>
  /** Recipients that are due. */
  due: number
  sinks: Pick<Sinks, 'total'>
  /** Delivery is watched for so long at most; without, until all is delivered. */
  limitSeconds?: number
}

export async function measureStart(begin: Start, signal: AbortSignal): Promise<StartResult> {
  const start = performance.now()
  // Both look on from outside, from before the first process is there.
  const giveUp = new AbortController()
  const watched = AbortSignal.any([signal, giveUp.signal])
  const accepting = untilAccepting(begin.port, start, watched)
  const delivering = watchDeliveries(begin, start, watched)
  const seen = Promise.all([accepting, delivering])
  seen.catch(() => undefined) // told below, unless the start itself failed
  try {
    await using side = await begin.launch()
    using memory = new MemoryWatch(side.roots)
    const [acceptingAt, counts] = await seen
    const pace = fullPace(counts)
    const last = counts.at(-1)
    return {
      accepting_s: rounded(acceptingAt),
      full_pace_s: rounded(pace.at),
      deliveries_per_second: rounded(pace.perSecond),
      delivered: last?.total ?? 0,
      drained_s: rounded((last?.total ?? 0) >= begin.due ? (last?.at ?? NaN) : NaN),
      peak_pss_mb: rounded((await memory.peak()) / megabyte),
    }
  } finally {
    giveUp.abort()
  }
}

/** Seconds until a message has its 250. */
async function untilAccepting(port: number, start: number, signal: AbortSignal): Promise<number> {
  const [sender, recipient] = ['probe@customer-0.example', 'probe@dest-0.example']
  for (;;) {
    try {
      const session = await SmtpSession.open(port, signal)
      await session.send(sender, [recipient], makeMessage(sender, recipient, 4096))
      session.close()
      return (performance.now() - start) / 1000
    } catch {
      await sleep(lookMs, undefined, { signal })
    }
  }
}

/** The sinks' counts from the start until they have what is due, or the limit is over. */
async function watchDeliveries(
  { sinks, due, limitSeconds }: Start,
  start: number,
  signal: AbortSignal,
): Promise<Count[]> {
  const before = await sinks.total()
  const counts: Count[] = []
  const limit = limitSeconds === undefined ? null : AbortSignal.timeout(limitSeconds * 1000)
  const watched = limit ? AbortSignal.any([signal, limit]) : signal
  try {
    await untilArrived(sinks, before + due, watched, (total) => {
      counts.push({ at: (performance.now() - start) / 1000, total: total - before })
    })
  } catch (error) {
    if (signal.aborted || !limit?.aborted) throw error
  }
  return counts
}
