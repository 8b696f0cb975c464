import { createHash, randomBytes } from 'node:crypto'

/** Of an API key: the public half that finds it, the whole that its owner keeps, the hash that we keep. */
export interface NewApiKey {
  id: string
  /** `sk_<id>_<random>`, shown once. */
  secret: string
  /** SHA-256 of the whole secret, hex. 192 random bits need no slow hash. */
  secretHash: string
}

/** The name of the key that a first start makes; it opens everything, so it opens nothing where mail is really sent. */
export const firstRunKeyName = 'first run'

const idBytes = 6
const randomPartBytes = 24

/** A new API key; the caller stores `id` and `secretHash`, and shows `secret` once. */
export function newApiKey(): NewApiKey {
  const id = randomBytes(idBytes).toString('hex')
  const secret = `sk_${id}_${randomBytes(randomPartBytes).toString('base64url')}`
  return { id, secret, secretHash: sha256(secret) }
}

const form = /^sk_([0-9a-f]{12})_[A-Za-z0-9_-]{32}$/

/** The id to look up and the hash to compare (in constant time) for a key as presented; null if it has no key's form. */
export function parseApiKey(text: string): { id: string; secretHash: string } | null {
  const id = form.exec(text)?.[1]
  return id === undefined ? null : { id, secretHash: sha256(text) }
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
