import { createHmac, randomBytes } from 'node:crypto'
import { hour, minute, type Millis } from '../time/clock.ts'
import { networkOf } from './network-of.ts'

/** Failed logins of one address within `windowMs` after which it must wait until the window has passed. */
const perAddress = 20
/** Failed logins on one account, from wherever, after which it is closed: guesses from many places stop. */
const perAccount = 100
/**
 * An address that lately logged in to an account is only stopped there by failures of its own on that account: others'
 * guesses, from behind the same address or from elsewhere, don't lock the owner out.
 */
const perKnownPair = 10
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
  readonly #pairs = new Map<string, Failures>()
  readonly #known = new Map<string, Millis>()

  /** How long this address must wait before it may try this account; 0: not at all. */
  blockedFor(address: string, account: string, now: Millis): Millis {
    const wait = Math.max(
      waitOf(this.#addresses, networkOf(address), perAddress, now),
      waitOf(this.#accounts, account, perAccount, now),
    )
    const pair = pairOf(address, account)
    const seenAt = this.#known.get(pair)
    const isKnown = seenAt !== undefined && now - seenAt < knownMs
    return isKnown ? Math.min(wait, waitOf(this.#pairs, pair, perKnownPair, now)) : wait
  }

  /**
   * Counts a try as failed before its password is checked, so that no number of tries at once gets past the bounds.
   * What comes back takes that back, where the password was right.
   */
  reserve(address: string, account: string, password: string, now: Millis): () => void {
    const mac = createHmac('sha256', this.#key).update(`${account}\0${password}`).digest('base64')
    const counted = [
      count(this.#addresses, networkOf(address), mac, now),
      count(this.#accounts, account, mac, now),
      count(this.#pairs, pairOf(address, account), mac, now),
    ]
    return () => {
      for (const failures of counted) if (failures) uncount(failures, mac)
    }
  }

  succeeded(address: string, account: string, now: Millis): void {
    put(this.#known, pairOf(address, account), now)
  }
}

const pairOf = (address: string, account: string): string => `${networkOf(address)} ${account}`

function current(map: Map<string, Failures>, key: string, now: Millis): Failures | null {
  const failures = map.get(key)
  return failures && now - failures.since < windowMs ? failures : null
}

function waitOf(map: Map<string, Failures>, key: string, bound: number, now: Millis): Millis {
  const failures = current(map, key, now)
  return failures && failures.count >= bound ? failures.since + windowMs - now : 0
}

/** Counts a wrong password; null for one that has been counted before. */
function count(map: Map<string, Failures>, key: string, mac: string, now: Millis): Failures | null {
  const failures = current(map, key, now) ?? { count: 0, since: now, tried: [] }
  put(map, key, failures)
  if (failures.tried.includes(mac)) return null
  failures.count++
  failures.tried = [...failures.tried, mac].slice(-triedKept)
  return failures
}

function uncount(failures: Failures, mac: string): void {
  failures.count--
  failures.tried = failures.tried.filter((tried) => tried !== mac)
}

/** Inserts as the youngest, and drops the oldest beyond the bound. */
function put<Value>(map: Map<string, Value>, key: string, value: Value): void {
  map.delete(key)
  map.set(key, value)
  if (map.size > kept) for (const oldest of map.keys()) return void map.delete(oldest)
}
