import type { Channel } from '../../ipc/channel.ts'
import { minute } from '../../time/clock.ts'
import type { RecipientKey } from '../../words/keys.ts'
import type { FollowCommand, SessionNumber } from '../protocol/commands.ts'
import type { Ask, Handlers } from './asked.ts'
import { start, unstart } from './flight.ts'
import { triesOf } from './open-sessions.ts'
import { Followers } from './followers.ts'
import type { GroupCommit } from './group-commit.ts'
import { recordUnknown } from './record-unknown.ts'
import type { FlightSession } from './sessions.ts'
import { diskFull, type Writer } from './writer.ts'

/** What only a delivery process says, and what it said of itself; in this room's names a delivery process is a *sender*. */
type SenderCommand = 'follow' | 'start' | 'unstart' | 'settle' | 'blockers' | 'rests'

export interface SendersTools {
  writer: Writer
  groups: GroupCommit
  log: { warn(fields: object, text: string): void }
  /** Something may have ended its flight without an outcome. */
  onLeft: () => void
}

/** Answers what delivery processes say in their sessions, and records what one that died leaves in flight. */
export class Senders {
  readonly #tools: SendersTools
  /** Their connections, and what they are told there. */
  readonly followers: Followers

  constructor(tools: SendersTools) {
    this.#tools = tools
    const { sessions } = tools.writer.memory
    this.followers = new Followers(sessions, (session) => this.#endSession(session))
  }

  readonly commands: Handlers<SenderCommand> = {
    follow: (ask, channel) => this.#follow(channel, ask),
    blockers: ({ command, answer }, channel) =>
      answer(this.followers.setBlockers(channel, command) ? { kind: 'ok' } : notOpen),
    rests: ({ command, answer }) =>
      answer({ kind: 'rests', resting: this.followers.restsOf(command.lanes) }),
    start: ({ command, answer }, channel) => {
      const { groups, writer } = this.#tools
      const { connection, memory } = writer
      const session = this.#sessionOf(command, channel)
      if (!session) answer(notOpen)
      else if (!groups.begins) answer(diskFull)
      else answer(start(connection, memory.sessions, session, command, writer.now()))
    },
    unstart: ({ command, answer }, channel) => {
      const session = this.#sessionOf(command, channel)
      answer(session ? unstart(this.#tools.writer.memory.sessions, session, command) : notOpen)
    },
    settle: (ask, channel) => {
      if (this.#sessionOf(ask.command, channel)) this.#tools.groups.add(ask)
      else ask.answer(notOpen)
    },
  }

  #sessionOf({ session }: { session: SessionNumber }, channel: Channel): FlightSession | null {
    return this.followers.sessionOn(channel, session)
  }

  /** The number of a session is on disk before anybody is told of it. */
  #follow(channel: Channel, ask: Ask<'follow'>): void {
    this.#tools.groups.add({
      ...ask,
      answer: (answer) => {
        if (answer.kind === 'followed') this.#followed(channel, answer.session, ask.command)
        ask.answer(answer)
      },
    })
  }

  #followed(channel: Channel, session: SessionNumber, command: FollowCommand): void {
    const { groups, writer, onLeft } = this.#tools
    const tries = (key: RecipientKey): number => triesOf(writer.connection, key)
    this.followers.follow(channel, session, command, groups.settling(), tries, writer.now())
    if (channel.closed) this.followers.lost(channel)
    onLeft()
  }

  #endSession(session: FlightSession): void {
    const { begun, number } = session
    if (begun.size > 0) {
      const left = { event: 'sender_died', session: number, recipients: begun.size }
      this.#tools.log.warn(
        left,
        'a delivery process ended; the outcome of what it was sending is unknown',
      )
    }
    this.#recordUnknown(session)
  }

  /** What a delivery process left in flight is never forgotten: after a fault it stays in flight until another try. */
  #recordUnknown(session: FlightSession): void {
    const { groups, onLeft } = this.#tools
    let isTooEarly = false
    const again = (waitMs: number): void => {
      setTimeout(() => this.#recordUnknown(session), waitMs).unref()
    }
    groups.addSlices(
      (work) => {
        // What it had said before it died is known, once it is written
        isTooEarly = isAnyOf(session.begun, groups.settling())
        return isTooEarly || recordUnknown(work, session)
      },
      (fault) => {
        if (fault !== null) again(minute)
        else if (isTooEarly) again(settlingMs)
        else onLeft()
      },
    )
  }
}

/** Outcomes that wait are written some groups later. */
const settlingMs = 50

function isAnyOf(begun: FlightSession['begun'], keys: Iterable<RecipientKey>): boolean {
  for (const key of keys) if (begun.has(key)) return true
  return false
}

const notOpen = { kind: 'refused', reason: 'session not open' } as const
