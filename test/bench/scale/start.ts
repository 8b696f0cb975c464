/** A start with a full queue and an empty Redis: when mail is taken again, when delivery is at its pace, at what memory. */
import { setTimeout as sleep } from 'node:timers/promises'
import { MemoryWatch } from '../memory-watch.ts'
import type { Ground } from '../sides/side.ts'
import { untilArrived } from '../round.ts'
import { startSluice } from '../sides/sluice.ts'
import type { Sinks } from '../sinks.ts'
import { makeMessage, SmtpSession } from '../smtp-session.ts'
import { rounded } from '../statistics.ts'
import { fullPace, type Count } from './pace.ts'

export interface StartResult {
  accepting_s: number
  full_pace_s: number
  deliveries_per_second: number
  drained_s: number
  peak_pss_mb: number
}

const lookMs = 50
const megabyte = 1024 * 1024

/** `open` recipients are due; all of them have to reach the sinks. */
export async function measureStart(
  ground: Ground,
  open: number,
  sinks: Sinks,
  signal: AbortSignal,
): Promise<StartResult> {
  const start = performance.now()
  // Both look on from outside, from before the first process is there.
  const giveUp = new AbortController()
  const watched = AbortSignal.any([signal, giveUp.signal])
  const accepting = untilAccepting(ground.port, start, watched)
  const delivering = watchDeliveries(sinks, open, start, watched)
  const seen = Promise.all([accepting, delivering])
  seen.catch(() => undefined) // told below, unless the start itself failed
  try {
    await using side = await startSluice(ground)
    using memory = new MemoryWatch(side.roots)
    const [acceptingAt, counts] = await seen
    const pace = fullPace(counts)
    return {
      accepting_s: rounded(acceptingAt),
      full_pace_s: rounded(pace.at),
      deliveries_per_second: rounded(pace.perSecond),
      drained_s: rounded(counts.at(-1)?.at ?? NaN),
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

/** The sinks' counts from the start until they have `due` messages more. */
async function watchDeliveries(
  sinks: Sinks,
  due: number,
  start: number,
  signal: AbortSignal,
): Promise<Count[]> {
  const before = await sinks.total()
  const counts: Count[] = []
  await untilArrived(sinks, before + due, signal, (total) => {
    counts.push({ at: (performance.now() - start) / 1000, total: total - before })
  })
  return counts
}
