import { randomFillSync } from 'node:crypto'
import type { Millis } from './clock.ts'

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const pool = Buffer.alloc(4096)
let poolAt = pool.length

function randomBytes(count: number): Uint8Array {
  if (poolAt + count > pool.length) {
    randomFillSync(pool)
    poolAt = 0
  }
  poolAt += count
  return pool.subarray(poolAt - count, poolAt)
}

/** A new ULID: 48 bits of time, 80 bits of randomness, 26 characters of Crockford's base 32. */
export function newUlid(now: Millis): string {
  let time = ''
  for (let rest = now, i = 0; i < 10; i++) {
    time = alphabet.charAt(rest % 32) + time
    rest = Math.floor(rest / 32)
  }
  let tail = ''
  for (const byte of randomBytes(16)) tail += alphabet.charAt(byte & 31)
  return time + tail
}

/** A text in the form of a ULID that is always the same for the same 16 bytes, such as a part of a hash. */
export function ulidOf(bytes: Uint8Array): string {
  let rest = bytes.subarray(0, 16).reduce((number, byte) => (number << 8n) | BigInt(byte), 0n)
  let text = ''
  for (let at = 0; at < 26; at++) {
    text = alphabet.charAt(Number(rest & 31n)) + text
    rest >>= 5n
  }
  return text
}

/** Whether a text has the form of a ULID as Sluice writes them (upper case). */
export const isUlid = (text: string): boolean => /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/.test(text)

/** A ULID in whatever case it was typed, as Sluice writes it; any other text as it is. Crockford's base 32 knows no case. */
export function toUlid(text: string): string {
  const upper = text.toUpperCase()
  return isUlid(upper) ? upper : text
}
