/** Control characters, and those that break a line or turn the direction of writing around. */
const unprintable = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]+/
const longestQuote = 80

/** Text of others on one line, safe to be shown. Linear in its length, whatever it consists of. */
export function cleanText(text: string): string {
  if (!unprintable.test(text)) return text.trim()
  return text
    .split(unprintable)
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .join(' ')
}

/** A copy that holds nothing else in memory: a piece of a string, as V8 makes it, holds the whole. */
export const flat = (text: string): string => Buffer.from(text, 'utf16le').toString('utf16le')

/** A piece of what a host sent, for a sentence about it. */
export const quoted = (text: string): string => flat(`"${cleanText(text).slice(0, longestQuote)}"`)
