import { FreshMap } from '../../collections/fresh.ts'
import { second, type Millis } from '../../time/clock.ts'
import { patience } from '../../time/patience.ts'
import type { Channel } from '../../ipc/channel.ts'
import type { RecipientKey } from '../../words/keys.ts'
import type { DuePush, FollowCommand, PushedWork, SessionNumber } from '../protocol/commands.ts'
import type { BlockersChange, RestingLane } from '../protocol/blockers.ts'
import type { Begun } from './flight-trace.ts'
import type { FlightSession, Sessions } from './sessions.ts'

/** A delivery process that lives is back within 100 ms, or when it has time for it; one that is not back by then is dead. */
const returnsWithinMs = 5 * second

/** Beyond so many recipients of one commit delivery is to look into the store: for those of the largest messages. */
const namedRecipients = 20_000
/** The same for the texts of lanes, providers and destinations. JSON makes up to six bytes of a character: still one frame. */
const namedCharacters = 1_000_000
/** Of a piece of work without its texts and recipients, and of each recipient. */
const workCharacters = 150
const keyCharacters = 17
/** So much may wait for a delivery process that does not read; beyond that it is told no more names, but to look when it reads again. */
const mostBacklogBytes = 1024 * 1024

interface Follower {
  readonly channel: Channel
  readonly session: FlightSession
  readonly rests: Map<string, RestingLane>
  redisTrouble: string | null
  /** It stands still, and will be told to look. */
  behind: boolean
}

/**
 * The delivery processes: which connection carries which session, what each says of itself, and what all are told. A session whose
 * connection ended has a while to come back; then, or when another opens under its lock, it is closed, and `onDead` gets it.
 */
export class Followers {
  readonly #sessions: Sessions
  readonly #onDead: (session: FlightSession) => void
  readonly #followers = new Map<Channel, Follower>()
  readonly #missing = new Map<SessionNumber, () => void>()

  constructor(sessions: Sessions, onDead: (session: FlightSession) => void) {
    this.#sessions = sessions
    this.#onDead = onDead
  }

  /** The sessions that the store found at its start have a while to come back. */
  awaitThoseFound(): void {
    for (const session of this.#sessions.all) this.#await(session)
  }

  /** The session, where it is open and this connection is the one that carries it; else null. */
  sessionOn(channel: Channel, number: SessionNumber): FlightSession | null {
    const session = this.#followers.get(channel)?.session
    return session?.number === number ? session : null
  }

  /** The session's number is on disk: from here on the connection carries it. */
  follow(
    channel: Channel,
    number: SessionNumber,
    { inFlight, lock, schedule }: Omit<FollowCommand, 'session'>,
    settling: Iterable<RecipientKey>,
    triesOf: (key: RecipientKey) => number,
    now: Millis,
  ): void {
    const known = this.#sessions.findOpen(number)
    const session = known ?? { number, lock, schedule, begun: new FreshMap<RecipientKey, Begun>() }
    if (!known) this.#sessions.add(session)
    const before = this.#followers.get(channel)?.session
    this.#arrived(session)
    const told = { rests: new Map<string, RestingLane>(), redisTrouble: null }
    this.#followers.set(channel, { channel, session, ...told, behind: false })
    const dead = [...this.#sessions.all].filter((other) => other !== session && other.lock === lock)
    // What delivery had in a session that was taken for dead is in flight all the same
    for (const other of dead) this.#sessions.end(other, inFlight)
    this.#sessions.name(session, inFlight, settling, triesOf, now)
    for (const other of dead) this.#isDead(other)
    if (before && before !== session && !dead.includes(before)) this.#await(before)
  }

  has(channel: Channel): boolean {
    return this.#followers.has(channel)
  }

  /** A connection ended. */
  lost(channel: Channel): void {
    const session = this.#followers.get(channel)?.session
    this.#followers.delete(channel)
    if (session) this.#await(session)
  }

  /** @returns whether the connection carries a session */
  setBlockers(channel: Channel, { afresh, resting, ended, redisTrouble }: BlockersChange): boolean {
    const follower = this.#followers.get(channel)
    if (!follower) return false
    const { rests } = follower
    if (afresh) rests.clear()
    for (const lane of ended) rests.delete(lane)
    for (const rest of resting) rests.set(rest.lane, rest)
    follower.redisTrouble = redisTrouble
    return true
  }

  /** Why a delivery process can't use Redis; null: all can. */
  get redisTrouble(): string | null {
    for (const { redisTrouble } of this.#followers.values()) if (redisTrouble) return redisTrouble
    return null
  }

  /** Those of the lanes that rest, as delivery says. */
  restsOf(lanes: readonly string[]): RestingLane[] {
    const all = [...this.#followers.values()]
    return all.flatMap(({ rests }) => lanes.flatMap((lane) => rests.get(lane) ?? []))
  }

  /** After a commit: what may be due now. */
  tell(due: readonly PushedWork[]): void {
    if (due.length === 0) return
    const work = named(due)
    this.#push({ kind: 'due', work, more: work.length < due.length })
  }

  /** They are to look into the store for what is due. */
  tellToLook(): void {
    this.#push(lookYourself)
  }

  #push(push: DuePush): void {
    for (const follower of this.#followers.values()) {
      if (follower.channel.backlogBytes > mostBacklogBytes) this.#fallsBehind(follower)
      else if (!follower.behind) sendPush(follower.channel, push)
    }
  }

  #fallsBehind(follower: Follower): void {
    if (follower.behind) return
    follower.behind = true
    const { channel } = follower
    channel.whenTaken(() => {
      follower.behind = false
      channel.send({ push: lookYourself })
    })
  }

  close(): void {
    for (const end of this.#missing.values()) end()
    this.#missing.clear()
  }

  /** One that has nothing in flight has nothing to come back for. */
  #await(session: FlightSession): void {
    if (session.begun.size === 0 && this.#sessions.isKnown) this.#isDead(session)
    else {
      const end = patience(returnsWithinMs, () => this.#isDead(session))
      this.#missing.set(session.number, end)
    }
  }

  #arrived(session: FlightSession): void {
    this.#missing.get(session.number)?.()
    this.#missing.delete(session.number)
    for (const [channel, follower] of this.#followers) {
      if (follower.session === session) this.#followers.delete(channel)
    }
  }

  #isDead(session: FlightSession): void {
    this.#arrived(session)
    if (this.#sessions.close(session)) this.#onDead(session)
  }
}

const lookYourself: DuePush = { kind: 'due', work: [], more: true }

/** What can't be told, for whatever reason, is no reason to end: it is committed, and delivery finds it in the store. */
function sendPush(channel: Channel, push: DuePush): void {
  try {
    channel.send({ push })
  } catch {
    channel.send({ push: lookYourself })
  }
}

const charactersOf = ({ lane, provider, destination, recipients }: PushedWork): number =>
  workCharacters +
  lane.length +
  (provider?.length ?? 0) +
  destination.length +
  recipients.length * keyCharacters

/** The smallest pieces of work, as many as are named: a bulk that was accepted in the same commit hides nobody's message. */
function named(due: readonly PushedWork[]): readonly PushedWork[] {
  let recipients = 0
  let characters = 0
  const hasRoomFor = (work: PushedWork): boolean => {
    recipients += work.recipients.length
    characters += charactersOf(work)
    return recipients <= namedRecipients && characters <= namedCharacters
  }
  if (due.every(hasRoomFor)) return due
  recipients = 0
  characters = 0
  const smallestFirst = [...due].sort((a, b) => charactersOf(a) - charactersOf(b))
  const tooLarge = smallestFirst.findIndex((work) => !hasRoomFor(work))
  return smallestFirst.slice(0, tooLarge)
}
