/**
 * Host sets of one provider share its connections. Where all of them are in use, one host set must not keep the others from
 * their turns: it gives up connections that idle, those that it has had for a slice of time, and those whose hosts say nothing.
 */
import { cutOff, silenceMs, stallMs } from './cut-off.ts'
import type { HostSet, Provider } from './host-set.ts'

/** While others wait for a connection, whoever has one keeps it for so long. */
export const sliceMs = 250

/** A provider has all the connections that it may have, and more host sets want one than are about to get one. */
export const isCramped = <L>({ open, limit, leaving, wanting }: Provider<L>): boolean =>
  open >= limit && leaving < wanting.length

/** Whether a host set is to give a connection to another one of its provider. */
export function mustYieldToSibling<L>(
  own: Pick<HostSet<L>, 'name' | 'open' | 'provider'>,
  heldMs: number,
): boolean {
  const sibling = own.provider.wanting.first
  if (!sibling || sibling.name === own.name || !isCramped(own.provider)) return false
  return heldMs >= sliceMs && (sibling.open === 0 || sibling.open + 1 < own.open)
}

/**
 * Cuts off hosts of the provider that have been silent for long, as far as other hosts of it wait for a connection; those
 * that have a whole message never. The cost is the number of its connections.
 */
export function cutForSiblings<L>(provider: Provider<L>, now: number): void {
  const { wanting, leaving, conversations } = provider
  let wanted = wanting.length - leaving
  for (const slot of conversations) {
    if (wanted <= 0) return
    const { hostSet, silentSince, hasGreeted, hasWhole } = slot
    const isForItself = wanting.length === 1 && wanting.first === hostSet
    const longestMs = hasGreeted ? stallMs : silenceMs
    if (isForItself || hasWhole || silentSince + longestMs > now) continue
    cutOff(slot, now)
    wanted--
  }
}
