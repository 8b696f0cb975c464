import { cleanLine } from '../../mail/safe-text.ts'

const longestQuote = 80

/** A copy that holds nothing else in memory: a piece of a string, as V8 makes it, holds the whole. */
export const flat = (text: string): string => Buffer.from(text, 'utf16le').toString('utf16le')

/** A piece of what a host sent, for a sentence about it. */
export const quoted = (text: string): string => flat(`"${cleanLine(text).slice(0, longestQuote)}"`)
