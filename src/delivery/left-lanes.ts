import type { DueWork, MailSource } from '../words/due.ts'

/** Names of lanes are remembered in so many bits: among a hundred thousand one in ten is taken for another. */
const bits = 2 ** 20

/**
 * Lanes that were refused for want of room: their mail waits in the store until it is looked for. Whoever was refused is
 * remembered by name, the lanes by a bit each, however many they are.
 */
export class LeftLanes {
  readonly #refused = new Map<number, MailSource>()
  /** Those of them for whom there was room again, of the look that is under way, and of the next one. */
  #sought: number[] = []
  #toSeek: number[] = []
  readonly #lanes = new Uint8Array(bits / 8)
  #hasLanes = false

  refuse(work: DueWork): void {
    this.#refused.set(work.submitter, work)
    const bit = bitOf(work.lane)
    this.#lanes[bit >> 3] = (this.#lanes[bit >> 3] ?? 0) | (1 << (bit & 7))
    this.#hasLanes = true
  }

  /** Whether the store may have mail of this lane that nobody looked for since; seldom true of one that was never refused. */
  mayHave(lane: string): boolean {
    if (!this.#hasLanes) return false
    const bit = bitOf(lane)
    return ((this.#lanes[bit >> 3] ?? 0) & (1 << (bit & 7))) !== 0
  }

  /** Those for whom there is room are to be looked for. @returns whether there are any */
  seekFor(hasRoom: (of: MailSource) => boolean): boolean {
    const some = [...this.#refused.values()].filter(hasRoom)
    for (const { submitter } of some) {
      this.#toSeek.push(submitter)
      this.#refused.delete(submitter)
    }
    return some.length > 0
  }

  /** All of it is to be looked for. */
  seekForAll(): void {
    this.#refused.clear()
  }

  /** A look over all lanes begins: it finds also what was left. */
  lookBegins(): void {
    this.#sought = this.#toSeek
    this.#toSeek = []
  }

  lookEnded(): void {
    this.#sought = []
    if (!this.#hasLanes || this.#refused.size + this.#toSeek.length > 0) return
    this.#lanes.fill(0)
    this.#hasLanes = false
  }

  /** All for whom this look goes on were refused a lane again. */
  get isFullAgain(): boolean {
    return this.#sought.length > 0 && this.#sought.every((one) => this.#refused.has(one))
  }
}

/** FNV-1a. */
function bitOf(name: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < name.length; at++) {
    hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193)
  }
  return (hash >>> 0) % bits
}
