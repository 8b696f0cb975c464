/** One side's turn: a counted load goes in, the clock stops when the sinks have all of it. */
import { setTimeout as sleep } from 'node:timers/promises'
import { sendLoad } from './load.ts'
import { MemoryWatch } from './memory-watch.ts'
import { cpuSecondsOf } from './proc.ts'
import type { Shape } from './shapes.ts'
import type { Side } from './sides/side.ts'
import type { Sinks } from './sinks.ts'

export interface Round {
  /** Messages sent in, those of the probe included. */
  messages: number
  /** From the first connection until the sinks had every recipient. */
  seconds: number
  /** From the first connection until the last 250. */
  acceptSeconds: number
  messagesPerSecond: number
  recipientsPerSecond: number
  acceptMs: number[]
  /** Taken by the side's processes from the first connection until it was quiet again. */
  cpuSeconds: number
  /** The largest sum over the side's processes that was seen. */
  pssBytes: number
  /** Deliveries beyond those that were due: copies. */
  copies: number
}

/** How exactly the end of a round is seen. */
const countIntervalMs = 20
/** A side that delivers nothing for so long has lost something. */
const standstillMs = 60_000

export async function runRound(
  side: Side,
  shape: Shape,
  sinks: Sinks,
  count: number,
  signal: AbortSignal,
): Promise<Round> {
  const before = await sinks.total()
  const cpuBefore = cpuSecondsOf(side.roots)
  using memory = new MemoryWatch(side.roots)
  const start = performance.now()
  const sent = await sendLoad(shape, side.port, count, signal)
  const acceptSeconds = (performance.now() - start) / 1000
  const due = sent.messages * shape.recipients
  await untilArrived(sinks, before + due, signal)
  const seconds = (performance.now() - start) / 1000
  await untilQuiet(side, signal)
  return {
    messages: sent.messages,
    seconds,
    acceptSeconds,
    messagesPerSecond: sent.messages / seconds,
    recipientsPerSecond: due / seconds,
    acceptMs: sent.acceptMs,
    cpuSeconds: cpuSecondsOf(side.roots) - cpuBefore,
    pssBytes: await memory.peak(),
    copies: (await sinks.total()) - before - due,
  }
}

/** Resolves when the sinks have `target` messages; throws when they get no more for too long. */
export async function untilArrived(
  sinks: Pick<Sinks, 'total'>,
  target: number,
  signal: AbortSignal,
  onLook: (total: number) => void = () => undefined,
): Promise<void> {
  let last = { total: 0, at: performance.now() }
  for (;;) {
    const total = await sinks.total()
    onLook(total)
    if (total >= target) return
    if (total !== last.total) last = { total, at: performance.now() }
    if (performance.now() - last.at > standstillMs) {
      throw new Error(`${String(target - total)} deliveries never came`)
    }
    await sleep(countIntervalMs, undefined, { signal })
  }
}

/** Waits until a side has tidied up after itself, so that the next one's turn is its own; 20 s at most. */
export async function untilQuiet(side: Side, signal: AbortSignal): Promise<void> {
  let before = cpuSecondsOf(side.roots)
  for (let slice = 0; slice < 40; slice++) {
    await sleep(500, undefined, { signal })
    const now = cpuSecondsOf(side.roots)
    if (now - before <= 0.02) return
    before = now
  }
}
