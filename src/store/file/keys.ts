import { hash } from 'node:crypto'
import { day, hour, type Millis } from '../../time/clock.ts'

export const attemptsPerMessage = 1_048_576
export const chunksPerMessage = 4096

export const dayOf = (at: Millis): number => Math.floor(at / day)
export const hourOf = (at: Millis): number => Math.floor(at / hour)

/** 48 bits of a hash: enough to find a text among millions, never enough to trust; compare the text as well. */
export const hash48 = (text: string): number =>
  (hash('sha1', text, 'buffer') as unknown as Buffer).readUIntBE(0, 6)

/** `[0,1,2,7]` as `0-2,7`. */
export function encodeRanges(indexes: readonly number[]): string {
  const parts: string[] = []
  for (let at = 0; at < indexes.length;) {
    let end = at
    while (indexes[end + 1] === (indexes[end] ?? 0) + 1) end++
    parts.push(end > at ? `${String(indexes[at])}-${String(indexes[end])}` : String(indexes[at]))
    at = end + 1
  }
  return parts.join(',')
}

export function decodeRanges(text: string): number[] {
  return text.split(',').flatMap((part) => {
    const [from = 0, to = from] = part.split('-').map(Number)
    return Array.from({ length: to - from + 1 }, (_, offset) => from + offset)
  })
}
