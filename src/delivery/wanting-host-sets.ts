import type { MailSource } from '../words/due.ts'
import type { HostSet } from './host-sets.ts'
import { LinkedList } from './linked-list.ts'
import { SenderTurns } from './sender-turns.ts'

type Turns<L> = SenderTurns<HostSet<L>, LinkedList<HostSet<L>>>

/**
 * The host sets of a provider that want to open a connection and may, by sender: one with thousands of them keeps nobody
 * waiting. Most providers have one host set, for which no order is kept.
 */
export class WantingHostSets<L> {
  #only: HostSet<L> | null = null
  #turns: Turns<L> | null = null

  get length(): number {
    return this.#only ? 1 : (this.#turns?.length ?? 0)
  }

  get first(): HostSet<L> | null {
    return this.#only ?? this.#turns?.first ?? null
  }

  /** The next one, for the sender if one stands there for it; its sender has had its turn. */
  takeTurn(source: MailSource | null): HostSet<L> | null {
    if (this.#only || !this.#turns) return this.#only
    const next = (source && this.#turns.orderOf(source)?.first) ?? this.#turns.first
    if (next?.wantsFor) this.#turns.turnTaken(next.wantsFor)
    return next
  }

  /** Puts it in for a sender, or leaves it where it stands, unless fewer wait for this sender than for the one it stands for. */
  enter(hostSet: HostSet<L>, source: MailSource): void {
    const { wantsFor } = hostSet
    if (wantsFor && !this.#isShorter(source, wantsFor)) return
    this.leave(hostSet)
    hostSet.wantsFor = source
    if (this.length === 0) {
      this.#only = hostSet
      return
    }
    const turns = (this.#turns ??= new SenderTurns(() => new LinkedList()))
    const only = this.#only
    this.#only = null
    if (only?.wantsFor) turns.push(only.turn, only.wantsFor)
    turns.push(hostSet.turn, source)
  }

  leave(hostSet: HostSet<L>): void {
    const { wantsFor, turn } = hostSet
    if (!wantsFor) return
    if (this.#only === hostSet) this.#only = null
    else this.#turns?.remove(turn, wantsFor)
    hostSet.wantsFor = null
  }

  #isShorter(source: MailSource, than: MailSource): boolean {
    // The only one stands for whoever came last: for whom its provider stands, the line for connections decides
    if (this.length === 1 || !this.#turns) return source.class <= than.class
    return this.#turns.isShorter(source, than)
  }
}
