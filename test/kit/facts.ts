import { setTimeout as delay } from 'node:timers/promises'

const betweenLooksMs = 20

/**
 * Looks again and again until `look` gives something else than `undefined`; a fault of `look` counts as "not yet".
 * Fails, naming what was awaited, when `deadlineMs` is over.
 */
export async function eventually<T>(
  what: string,
  look: () => T | undefined | Promise<T | undefined>,
  deadlineMs = 45_000,
): Promise<T> {
  const end = performance.now() + deadlineMs
  let fault: unknown = null
  for (;;) {
    try {
      const seen = await look()
      if (seen !== undefined) return seen
    } catch (error) {
      fault = error
    }
    if (performance.now() > end) {
      throw new Error(`waited ${deadlineMs} ms in vain: ${what}`, { cause: fault })
    }
    await delay(betweenLooksMs)
  }
}

/** Looks at each turn of the loop until it is so, for what passes within a few turns. Fails as `eventually` does. */
export async function soon(what: string, isSo: () => boolean, deadlineMs = 15_000): Promise<void> {
  const end = performance.now() + deadlineMs
  while (!isSo()) {
    if (performance.now() > end) throw new Error(`waited ${deadlineMs} ms in vain: ${what}`)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** The promise's value, or a failure that names what was awaited. */
export async function within<T>(
  what: string,
  promise: Promise<T>,
  deadlineMs = 45_000,
): Promise<T> {
  const given = new AbortController()
  const late = delay(deadlineMs, undefined, { signal: given.signal }).then(
    () => {
      throw new Error(`waited ${deadlineMs} ms in vain: ${what}`)
    },
    () => new Promise<never>(() => undefined),
  )
  try {
    return await Promise.race([promise, late])
  } finally {
    given.abort()
  }
}

/** A door that the test opens: whoever comes to it waits, and the test can wait until somebody stands there. */
export class Gate {
  readonly #open = Promise.withResolvers<undefined>()
  readonly #arrived = Promise.withResolvers<undefined>()

  async pass(): Promise<void> {
    this.#arrived.resolve(undefined)
    await this.#open.promise
  }

  /** What a remote does behind the gate. */
  before<Deed>(deed: Deed): () => Promise<Deed> {
    return async () => {
      await this.pass()
      return deed
    }
  }

  open(): void {
    this.#open.resolve(undefined)
  }

  /** Resolves when the first one stands at the door. */
  async reached(): Promise<void> {
    await within('somebody at the gate', this.#arrived.promise)
  }
}
