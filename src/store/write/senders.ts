import type { Channel } from '../../ipc/channel.ts'
import { minute } from '../../time/clock.ts'
import type { RecipientKey } from '../../words/keys.ts'
import type { Command, SessionNumber } from '../protocol/commands.ts'
import { start, unstart } from './flight.ts'
import { triesOf } from './open-sessions.ts'
import { Followers } from './followers.ts'
import type { GroupCommit } from './group-commit.ts'
import { recordUnknown } from './record-unknown.ts'
import type { FlightSession } from './sessions.ts'
import { diskFull, type Ask, type Writer } from './writer.ts'

/** A command of one kind, as it was asked. */
type AskOf<Kind extends Command['kind']> = Ask & { command: Extract<Command, { kind: Kind }> }
/** What only a delivery process says; in this room's names a delivery process is a *sender*. */
export type SenderAsk = AskOf<'follow' | 'start' | 'unstart' | 'settle' | 'blockers'>

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

  handle(channel: Channel, ask: SenderAsk): void {
    const { command, answer } = ask
    switch (command.kind) {
      case 'follow':
        this.#follow(channel, { ...ask, command })
        break
      case 'blockers':
        answer(this.followers.setBlockers(channel, command) ? { kind: 'ok' } : notOpen)
        break
      case 'start':
      case 'unstart':
      case 'settle': {
        const session = this.followers.sessionOn(channel, command.session)
        if (session) this.#handleIn(session, { ...ask, command })
        else answer(notOpen)
      }
    }
  }

  #handleIn(session: FlightSession, ask: AskOf<'start' | 'unstart' | 'settle'>): void {
    const { command, answer } = ask
    const { groups, writer } = this.#tools
    const { sessions } = writer.memory
    if (command.kind === 'settle') groups.add(ask)
    else if (command.kind === 'start' && !groups.begins) answer(diskFull)
    else if (command.kind === 'unstart') answer(unstart(sessions, session, command))
    else answer(start(writer.connection, sessions, session, command, writer.now()))
  }

  /** The number of a session is on disk before anybody is told of it. */
  #follow(channel: Channel, ask: AskOf<'follow'>): void {
    this.#tools.groups.add({
      ...ask,
      answer: (answer) => {
        if (answer.kind === 'followed') this.#followed(channel, answer.session, ask.command)
        ask.answer(answer)
      },
    })
  }

  #followed(channel: Channel, session: SessionNumber, command: AskOf<'follow'>['command']): void {
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
