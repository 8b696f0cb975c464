/**
 * How fast a set of hosts is sent to: how many connections it may have, and when it is left alone. Pure functions: facts
 * in, facts out; `delivery/slots.ts` keeps them. All times are those for which the process has listened, so that
 * neither a jump of the wall clock nor a standstill counts. In memory only: after a restart every host set is unproven again.
 */
import { hour, minute, second } from '../time/clock.ts'
import { readLaneName } from '../words/lane-name.ts'

export interface PaceLimits {
  /** Open connections over all. */
  connections: number
  /** Open connections to one provider of MX hosts. */
  connectionsPerHost: number
  /** Open connections to a smarthost or the sandbox. */
  connectionsSmarthost: number
  /** Connection failures in a row after which a set of hosts rests. */
  restAfterFailures: number
  restMs: number
}

/** Where a connection goes, as far as its pace matters. */
export interface Place {
  /** Who runs the hosts: shares connections among all its sets of hosts. */
  provider: string
  /** The hosts that are tried one for another: they fail and rest together. */
  hostSet: string
}

/** Places whose names begin so are not MX hosts but the route itself: a smarthost or the sandbox. */
const routePrefix = 'route:'
export const isRoute = (name: string): boolean => name.startsWith(routePrefix)

/** The place of a route that needs no look-up. */
export const placeOfRoute = (route: string): Place => ({
  provider: routePrefix + route,
  hostSet: routePrefix + route,
})

/** The lane whose hosts they are, by the name of the host set of its place. */
export const laneOfPlace = (hostSet: string): string =>
  isRoute(hostSet) ? hostSet.slice(routePrefix.length) : hostSet

/** The name by which the hosts of a lane go in its place. */
export const hostSetOfLane = (lane: string): string =>
  readLaneName(lane).kind === 'route' ? routePrefix + lane : lane

/** How many connections a provider may have. */
export const providerLimit = (provider: string, limits: PaceLimits): number =>
  isRoute(provider) ? limits.connectionsSmarthost : limits.connectionsPerHost

/** What is known of a set of hosts. */
export interface Pace {
  /** Connections that it may have at a time. */
  readonly window: number
  readonly failuresInRow: number
  readonly failedAt: number
  /** No connection is opened before. */
  readonly waitUntil: number
  /** Whether that is a rest, which people are told of, and not the short pause after one of the first failures. */
  readonly rests: boolean
  /** Why the last connection failed. */
  readonly cause: string
  /** The window grows no further, as the hosts took no more connections; Infinity where no such limit is known. */
  readonly ceiling: number
  /** Until when that is believed; 0 where no limit is known. */
  readonly ceilingUntil: number
  /** When it was found. */
  readonly ceilingAt: number
}

export const unproven: Pace = {
  window: 1,
  failuresInRow: 0,
  failedAt: 0,
  waitUntil: 0,
  rests: false,
  cause: '',
  ceiling: Infinity,
  ceilingUntil: 0,
  ceilingAt: 0,
}

/** A limit that was found is believed for so long; then one connection more is tried again. */
const ceilingMs = 5 * minute
/** A host may count a connection for a moment after it was closed, and refuse one that it allows. */
const lowerCeilingMs = 10 * second
/** A smarthost is the only way out, and the operator's own: a probe every 30 s harms nobody. */
const smarthostRestMs = 30 * second
/** The pause after the first failure; it doubles with each one that follows. */
const firstPauseMs = 250
const longestPauseMs = 5 * second
/** What was learned is forgotten after so long without a connection. */
const forgetAfterMs = hour

const restMsOf = (hostSet: string, { restMs }: PaceLimits): number =>
  isRoute(hostSet) ? Math.min(restMs, smarthostRestMs) : restMs

/** How long no connection is opened after the given number of failures in a row. */
export function waitAfter(failuresInRow: number, hostSet: string, limits: PaceLimits): number {
  const restMs = restMsOf(hostSet, limits)
  if (failuresInRow >= limits.restAfterFailures) return restMs
  const pauseMs = firstPauseMs * 2 ** Math.min(failuresInRow - 1, 10)
  return Math.min(pauseMs, longestPauseMs, restMs)
}

/**
 * The host took a message: one connection more, up to the provider's limit (Postfix: positive feedback) and to what is known
 * of the hosts' own. Whatever failed before is over.
 */
export function afterMessage(pace: Pace, limit: number, now: number): Pace {
  const known = afterConnection(pace)
  if (known.window >= limit) return known
  if (known.ceilingUntil === 0) return { ...known, window: known.window + 1 }
  if (known.ceilingUntil > now) {
    return known.window < known.ceiling ? { ...known, window: known.window + 1 } : known
  }
  return { ...known, window: known.window + 1, ceiling: Infinity, ceilingUntil: 0 }
}

/** A host was ready to talk. */
export const afterConnection = (pace: Pace): Pace =>
  pace.failuresInRow === 0
    ? pace
    : { ...pace, failuresInRow: 0, failedAt: 0, waitUntil: 0, rests: false, cause: '' }

/**
 * Hosts that go on with others of the open connections did not take the one that was granted then: that is a limit of theirs,
 * and no failure.
 */
export function afterLimit(pace: Pace, open: number, grantedAt: number, now: number): Pace {
  const ceiling = Math.max(1, open - 1)
  const isKnown = pace.ceilingUntil > now && open <= pace.ceiling
  const wasAllowed = isKnown && grantedAt > pace.ceilingAt
  const ceilingUntil = now + (wasAllowed ? lowerCeilingMs : ceilingMs)
  return { ...pace, window: ceiling, ceiling, ceilingUntil, ceilingAt: now }
}

/** Whether the failure of a connection that was granted at this moment tells nothing new: it was under way at the last one. */
export const isKnownFailure = ({ failuresInRow, failedAt }: Pace, grantedAt: number): boolean =>
  failuresInRow > 0 && grantedAt <= failedAt

/**
 * A connection failed: the window begins again with one, and what was taken for a limit may have been the beginning of this.
 * A probe that fails after a rest begins another rest.
 */
export function afterFailure(
  pace: Pace,
  hostSet: string,
  cause: string,
  now: number,
  limits: PaceLimits,
): Pace {
  const isInRow = pace.failedAt + memoryMs(limits) > now
  const failuresInRow = (isInRow ? pace.failuresInRow : 0) + 1
  return {
    ...unproven,
    failuresInRow,
    failedAt: now,
    waitUntil: now + waitAfter(failuresInRow, hostSet, limits),
    rests: failuresInRow >= limits.restAfterFailures,
    cause,
  }
}

/** Somebody asked for a try: a host set that waits may have its one connection now. */
export const afterRequest = (pace: Pace): Pace => ({ ...pace, waitUntil: 0 })

/** How long a host set is remembered that nothing is open to and no mail waits for; never shorter than a rest. */
export const memoryMs = ({ restMs }: PaceLimits): number => Math.max(forgetAfterMs, 2 * restMs)

/** Nothing of it would be missed. */
export const isForgettable = ({ window, failuresInRow, ceilingUntil }: Pace): boolean =>
  window === 1 && failuresInRow === 0 && ceilingUntil === 0
