import { createHmac, randomBytes } from 'node:crypto'
import { BoundedMap } from '../collections/bounded-map.ts'
import { Windows } from '../collections/windows.ts'
import { hour, minute, type Millis } from '../time/clock.ts'
import { networkOf, widerNetworkOf } from './network-of.ts'

/** Failed logins of one address within `windowMs` after which it must wait until the window has passed. */
const perAddress = 20
/** The same for its wider network: ten clients that guess as often as they may, each at an address of its own. */
const perWiderNetwork = 200
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
/**
 * Entries kept of each kind at least: more than scrypt lets anybody fail within a window, so that no one flushes his own
 * failures out by others. At most twice as many, some 80 MB in all.
 */
const kept = 20_000

interface Window {
  readonly endsAt: Millis
  count: number
}

interface Failures extends Window {
  /** The last wrong passwords, as MACs: a client that repeats one it has stored is one failure, however often. */
  tried: string[]
}

const triedKept = 5

const failureWindows = (): Windows<Failures> =>
  new Windows<Failures>({
    lengthMs: windowMs,
    capacity: kept,
    begin: (endsAt) => ({ endsAt, count: 0, tried: [] }),
  })

/** Slows down those who guess passwords. In memory: it guards one process, and a restart is no way around scrypt. */
export class LoginThrottle {
  readonly #key = randomBytes(32)
  readonly #addresses = failureWindows()
  readonly #widerNetworks = new Windows<Window>({
    lengthMs: windowMs,
    capacity: kept,
    begin: (endsAt) => ({ endsAt, count: 0 }),
  })
  readonly #accounts = failureWindows()
  readonly #pairs = failureWindows()
  readonly #known = new BoundedMap<string, Millis>(kept)

  /** How long this address must wait before it may try this account; 0: not at all. */
  blockedFor(address: string, account: string, now: Millis): Millis {
    const wait = Math.max(
      waitOf(this.#addresses, networkOf(address), perAddress, now),
      waitOf(this.#widerNetworks, widerNetworkOf(address), perWiderNetwork, now),
      waitOf(this.#accounts, account, perAccount, now),
    )
    if (!this.isKnown(address, account, now)) return wait
    return Math.min(wait, waitOf(this.#pairs, pairOf(address, account), perKnownPair, now))
  }

  /** Whether this address lately logged in to this account. */
  isKnown(address: string, account: string, now: Millis): boolean {
    const seenAt = this.#known.get(pairOf(address, account))
    return seenAt !== undefined && now - seenAt < knownMs
  }

  /** Failed logins from a wider network within its window. */
  failuresOf(widerNetwork: string, now: Millis): number {
    return this.#widerNetworks.current(widerNetwork, now)?.count ?? 0
  }

  /**
   * Counts a try as failed before its password is checked, so that no number of tries at once gets past the bounds.
   * What comes back takes that back, where the password was right.
   */
  reserve(address: string, account: string, password: string, now: Millis): () => void {
    const mac = createHmac('sha256', this.#key).update(`${account}\0${password}`).digest('base64')
    const ofAddress = count(this.#addresses, networkOf(address), mac, now)
    const counted = [
      ofAddress,
      count(this.#accounts, account, mac, now),
      count(this.#pairs, pairOf(address, account), mac, now),
    ]
    // Many clients may each repeat a password of their own: what is new is decided by address
    const wider = ofAddress && this.#widerNetworks.enter(widerNetworkOf(address), now)
    if (wider) wider.count++
    return () => {
      for (const failures of counted) if (failures) uncount(failures, mac)
      if (wider) wider.count--
    }
  }

  succeeded(address: string, account: string, now: Millis): void {
    this.#known.set(pairOf(address, account), now)
  }
}

const pairOf = (address: string, account: string): string => `${networkOf(address)} ${account}`

function waitOf<W extends Window>(
  windows: Windows<W>,
  key: string,
  bound: number,
  now: Millis,
): Millis {
  const failures = windows.current(key, now)
  return failures && failures.count >= bound ? failures.endsAt - now : 0
}

/** Counts a wrong password; null for one that has been counted before. */
function count(windows: Windows<Failures>, key: string, mac: string, now: Millis): Failures | null {
  const failures = windows.enter(key, now)
  if (failures.tried.includes(mac)) return null
  failures.count++
  failures.tried = [...failures.tried, mac].slice(-triedKept)
  return failures
}

function uncount(failures: Failures, mac: string): void {
  failures.count--
  failures.tried = failures.tried.filter((tried) => tried !== mac)
}
