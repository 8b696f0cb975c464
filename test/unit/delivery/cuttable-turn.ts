import type { Cuttable } from '../../../src/delivery/cut-off.ts'
import { ListNode } from '../../../src/delivery/linked-list.ts'

/** A turn whose host has said nothing since the given moment; what it was cut off with is in `causes`. */
export class CuttableTurn implements Cuttable {
  readonly causes: string[] = []
  readonly sender: number
  readonly isUnproven: boolean
  readonly hasGreeted: boolean
  readonly hasWhole = false
  silentSince: number
  cut: ((cause: string) => void) | null = (cause) => this.causes.push(cause)
  readonly greeting: ListNode<Cuttable> = new ListNode<Cuttable>(this)
  readonly trial: ListNode<Cuttable> = new ListNode<Cuttable>(this)
  readonly talking: ListNode<Cuttable> = new ListNode<Cuttable>(this)

  constructor(
    silentSince: number,
    { sender = 1, isUnproven = true, hasGreeted = false }: Partial<Cuttable> = {},
  ) {
    this.silentSince = silentSince
    this.sender = sender
    this.isUnproven = isUnproven
    this.hasGreeted = hasGreeted
  }
}
