import { statfsSync } from 'node:fs'

const mebibyte = 1024 * 1024
/** Free space below which no new mail is taken: what is queued still needs room to be settled. */
const reserveBytes = 128 * mebibyte
/** On a small disk the reserve is a tenth of it. */
const reserveShare = 0.1

/** The bytes of the disk of a folder: all of them, those that may still be written, and how many of these the store wants free. */
export function roomOf(folder: string): { size: number; free: number; reserve: number } {
  const { bavail, bsize, blocks } = statfsSync(folder)
  const size = blocks * bsize
  return { size, free: bavail * bsize, reserve: Math.min(reserveBytes, size * reserveShare) }
}

/** The last of it is for what is in flight where the log can't be moved: all that is written makes that longer. */
export const lastShare = 0.5
/** Space that was short stays so until there is a little more: a few pages that come free change nothing. */
export const slackShare = 0.125
