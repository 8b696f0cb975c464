import { patience } from '../time/patience.ts'

/** Waits for a value at most so long; null when the time is over. The work itself goes on, its failure is ignored then. */
export async function within<T>(ms: number, work: Promise<T>): Promise<T | null> {
  const { promise: over, resolve } = Promise.withResolvers<null>()
  const done = patience(ms, () => resolve(null))
  try {
    return await Promise.race([work, over])
  } finally {
    done()
  }
}
