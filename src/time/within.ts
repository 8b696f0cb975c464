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

/**
 * Waits for work at most so long, or until `outer` aborts; then the work is told by its signal, and the wait fails with `late` and
 * the time, or with the reason of `outer`.
 */
export async function orAbort<T>(
  ms: Millis,
  late: string,
  work: (signal: AbortSignal) => Promise<T>,
  outer?: AbortSignal,
): Promise<T> {
  const { signal, end } = abortAfter(ms, late, outer)
  const over = Promise.withResolvers<never>()
  signal.addEventListener('abort', () => over.reject(signal.reason as Error), { once: true })
  try {
    signal.throwIfAborted()
    return await Promise.race([work(signal), over.promise])
  } finally {
    end()
  }
}

/** A signal that aborts after so long, with `late` and the time as its reason, or when `outer` does; not after `end`. */
export function abortAfter(
  ms: Millis,
  late: string,
  outer?: AbortSignal,
): { signal: AbortSignal; end: () => void } {
  const abort = new AbortController()
  const follow = (): void => abort.abort(outer?.reason)
  const timer = setTimeout(() => abort.abort(new Error(`${late} within ${ms} ms`)), ms)
  if (outer?.aborted) follow()
  else outer?.addEventListener('abort', follow, { once: true })
  return {
    signal: abort.signal,
    end: () => {
      clearTimeout(timer)
      outer?.removeEventListener('abort', follow)
    },
  }
}
