import type { Millis } from './clock.ts'
import { patience } from './patience.ts'

/** Waits for a value at most so long; null when the time is over. The work itself goes on, its failure is ignored then. */
export async function within<T>(ms: Millis, work: Promise<T>): Promise<T | null> {
  const { promise: over, resolve } = Promise.withResolvers<null>()
  const done = patience(ms, () => resolve(null))
  try {
    return await Promise.race([work, over])
  } finally {
    done()
  }
}

/** Waits for work at most so long; then the work is told by its signal, and the wait fails with `late` and the time. */
export async function orAbort<T>(
  ms: Millis,
  late: string,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const abort = new AbortController()
  const over = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    const fault = new Error(`${late} within ${ms} ms`)
    over.reject(fault)
    abort.abort(fault)
  }, ms)
  try {
    return await Promise.race([work(abort.signal), over.promise])
  } finally {
    clearTimeout(timer)
  }
}
