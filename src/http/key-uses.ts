import { BoundedMap } from '../collections/bounded-map.ts'
import type { StoreAccess } from '../operations/store-access.ts'
import { minute, monotonicMs } from '../time/clock.ts'

/** How exactly the last use of a key is known. */
const toldEveryMs = 5 * minute
const keysKept = 1000

/** Tells the store when keys were last used, now and then. That costs no request anything, and where it fails, the next use tells. */
export class KeyUses {
  readonly #access: Pick<StoreAccess, 'store' | 'clock'>
  readonly #toldAt = new BoundedMap<string, number>(keysKept)

  constructor(access: Pick<StoreAccess, 'store' | 'clock'>) {
    this.#access = access
  }

  note(id: string): void {
    const now = monotonicMs()
    if (now - (this.#toldAt.get(id) ?? -Infinity) < toldEveryMs) return
    this.#toldAt.set(id, now)
    const { store, clock } = this.#access
    store.send({ kind: 'note-key-use', id, at: clock.now() }).catch(() => undefined)
  }
}
