import { randomBytes, scrypt, timingSafeEqual, type ScryptOptions } from 'node:crypto'
import { Turns } from '../collections/turns.ts'

/** 2^15 × 8 × 128 bytes = 32 MiB and some 60 ms of one core for each guess. */
const cost = { logN: 15, r: 8, p: 1 }
const saltBytes = 16
const keyBytes = 32

/** How many derivations run at once: each takes 32 MiB and a thread of the pool that files and DNS also need. */
export const derivationsAtOnce = 2

const turns = new Turns({ atOnce: derivationsAtOnce })

/** A password as PHC string, `$scrypt$ln=15,r=8,p=1$salt$hash`. Runs off the event loop. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(saltBytes)
  const key = await derive(password, salt, keyBytes, cost)
  const parameters = `ln=${cost.logN},r=${cost.r},p=${cost.p}`
  return `$scrypt$${parameters}$${unpadded(salt)}$${unpadded(key)}`
}

/**
 * Whether a password is the one of a PHC string; false for a string that is none of ours. Runs off the event loop.
 * @throws the reason of `signal`, where it is aborted before the derivation begins
 */
export async function verifyPassword(
  password: string,
  hash: string,
  signal?: AbortSignal,
): Promise<boolean> {
  const known = parsePhc(hash)
  if (!known) return false
  const key = await derive(password, known.salt, known.key.length, known, signal)
  return timingSafeEqual(key, known.key)
}

interface Cost {
  logN: number
  r: number
  p: number
}

const phc =
  /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/

function parsePhc(text: string): (Cost & { salt: Buffer; key: Buffer }) | null {
  const [, logN, r, p, salt, key] = phc.exec(text) ?? []
  if (salt === undefined || key === undefined) return null
  return {
    logN: Number(logN),
    r: Number(r),
    p: Number(p),
    salt: Buffer.from(salt, 'base64'),
    key: Buffer.from(key, 'base64'),
  }
}

function derive(
  password: string,
  salt: Buffer,
  bytes: number,
  { logN, r, p }: Cost,
  signal?: AbortSignal,
) {
  const N = 2 ** logN
  // node refuses beyond 32 MiB unless told; what is needed is 128 × N × r and a little
  const options: ScryptOptions = { N, r, p, maxmem: 128 * N * r + 1024 * 1024 }
  return turns.take(
    'scrypt',
    () =>
      new Promise<Buffer>((resolve, reject) => {
        scrypt(password.normalize('NFC'), salt, bytes, options, (error, key) => {
          if (error) reject(error)
          else resolve(key)
        })
      }),
    signal,
  )
}

const unpadded = (bytes: Buffer): string => bytes.toString('base64').replaceAll('=', '')
