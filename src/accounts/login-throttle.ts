import { createHmac, randomBytes } from 'node:crypto'
import { hour, minute, type Millis } from '../time/clock.ts'
import { plainAddress } from './trusted-networks.ts'

/** Failed logins of one address within `windowMs` after which it must wait until the window has passed. */
const perAddress = 20
/**
 * Failed logins on one account, from wherever, after which only addresses that have logged in to it before may go on
 * trying: guesses from many places stop, and the owner isn't locked out by them.
 */
const perAccount = 100
const windowMs = 10 * minute
/** How long an address counts as one of an account's own. */
const knownMs = 30 * 24 * hour
/** Entries kept of each kind; the oldest go first. */
const kept = 20_000

interface Failures {
  count: number
  since: Millis
  /** The last wrong passwords, as MACs: a client that repeats one it has stored is one failure, however often. */
  tried: string[]
}

const triedKept = 5

/** Slows down those who guess passwords. In memory: it guards one process, and a restart is no way around scrypt. */
export class LoginThrottle {
  readonly #key = randomBytes(32)
  readonly #addresses = new Map<string, Failures>()
  readonly #accounts = new Map<string, Failures>()
  readonly #known = new Map<string, Millis>()

  /** When this address may try this account again; null: now. */
  blockedUntil(address: string, account: string, now: Millis): Millis | null {
    const byAddress = current(this.#addresses, networkOf(address), now)
    if (byAddress && byAddress.count >= perAddress) return byAddress.since + windowMs
    const byAccount = current(this.#accounts, account, now)
    if (!byAccount || byAccount.count < perAccount) return null
    const seenAt = this.#known.get(pair(address, account))
    return seenAt !== undefined && now - seenAt < knownMs ? null : byAccount.since + windowMs
  }

  failed(address: string, account: string, password: string, now: Millis): void {
    const mac = createHmac('sha256', this.#key).update(`${account}\0${password}`).digest('base64')
    count(this.#addresses, networkOf(address), mac, now)
    count(this.#accounts, account, mac, now)
  }

  succeeded(address: string, account: string, now: Millis): void {
    put(this.#known, pair(address, account), now)
  }
}

/** RFC 6177 §2: a customer has at least a /64, so that is one guesser. */
function networkOf(address: string): string {
  const plain = plainAddress(address)
  if (!plain.includes(':')) return plain
  const [head = '', tail] = plain.split('::')
  const groups = head === '' ? [] : head.split(':')
  const missing =
    tail === undefined ? 0 : 8 - groups.length - (tail === '' ? 0 : tail.split(':').length)
  return [...groups, ...Array<string>(missing).fill('0')].slice(0, 4).join(':')
}

const pair = (address: string, account: string): string => `${networkOf(address)} ${account}`

function current(map: Map<string, Failures>, key: string, now: Millis): Failures | null {
  const failures = map.get(key)
  return failures && now - failures.since < windowMs ? failures : null
}

function count(map: Map<string, Failures>, key: string, mac: string, now: Millis): void {
  const failures = current(map, key, now) ?? { count: 0, since: now, tried: [] }
  if (!failures.tried.includes(mac)) {
    failures.count++
    failures.tried = [...failures.tried, mac].slice(-triedKept)
  }
  put(map, key, failures)
}

/** Inserts as the youngest, and drops the oldest beyond the bound. */
function put<Value>(map: Map<string, Value>, key: string, value: Value): void {
  map.delete(key)
  map.set(key, value)
  if (map.size > kept) for (const oldest of map.keys()) return void map.delete(oldest)
}
