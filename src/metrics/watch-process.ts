import { performance } from 'node:perf_hooks'
import { monotonicMs, second } from '../time/clock.ts'
import { cpuSeconds, eventLoopBusySeconds, eventLoopLagSeconds, memoryBytes } from './declared.ts'

/** Often enough that no stall of that length is missed, and seldom enough that an idle relay stays idle. */
const lagEveryMs = 100

/** Has this process report what each of them does: memory, processor time, and how late its event loop is. */
export function watchProcess(): void {
  memoryBytes.read(() => {
    const { rss, heapUsed, heapTotal, external } = process.memoryUsage()
    return { resident: rss, heap_used: heapUsed, heap_total: heapTotal, external }
  })
  cpuSeconds.read(() => {
    const { user, system } = process.cpuUsage()
    return { user: user / 1e6, system: system / 1e6 }
  })
  eventLoopBusySeconds.read(() => {
    const { active, idle } = performance.eventLoopUtilization()
    return { busy: active / second, idle: idle / second }
  })
  watchLag()
}

/** A histogram that only grows, as one that each scrape begins anew would miss what comes right after a scrape. */
function watchLag(): void {
  let due = monotonicMs() + lagEveryMs
  const timer = setInterval(() => {
    const now = monotonicMs()
    eventLoopLagSeconds.observe((now - due) / second)
    due = now + lagEveryMs
  }, lagEveryMs)
  timer.unref()
}
