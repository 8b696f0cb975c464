/**
 * In which order commands that wait are carried out, and how many make a group. Whoever sends mail, delivery, and those who ask for
 * accounts, keys and stops have turns by what their commands cost; so have the submitters among those who send mail, and small
 * commands beside large ones of the same party. So nobody's bulk makes another's message wait, nor his own.
 *
 * What depends on a command before it is sent once that is answered: the next piece of an upload and the accept after the last one, the
 * settle after a start. A settle that was sent under a session's old connection may be carried out after the `follow` of its new one,
 * which reckons with what waits here (`outcomes`). No other order is promised but that of equal commands of one party.
 */
import { monotonicMs, second, type Millis } from '../../time/clock.ts'
import type { RecipientKey } from '../../words/keys.ts'
import { principalName } from '../../words/principal.ts'
import { submitterName } from '../../words/submitter.ts'
import type { Command } from '../protocol/commands.ts'
import type { AskedCommand } from './asked.ts'
import { FairLine } from './fair-line.ts'
import { movedAtOnce } from './place.ts'
import { bytesPerOutcome } from './space-guard.ts'

/**
 * Bounds of one group, so that one fsync never waits for endless work: 256 commands, and bytes as `weigh` counts them, which makes
 * some 2,700 recipients. Only a command that alone is larger goes beyond: an accept of 10,000 recipients is one transaction.
 */
const groupCommands = 256
const groupBytes = 8 * 1024 * 1024
/** An accept that waited longer before its BEGIN is refused: its client may have given up. */
const deadlineMs = 30 * second
/** What any command costs beside what it writes. */
const commandBytes = 8 * 1024
/** To drop the pieces of an upload. */
const abandonBytes = 256 * 1024
/** So many times as much is another size: a small message does not wait for the largest of the same submitter. */
const timesAsMuch = 8
/** A note that holds a message does so for all of its recipients; how many there are it does not say. */
const heldByNote = 1000

interface Waiting<A extends AskedCommand> {
  ask: A
  since: Millis
  bytes: number
}

export interface Group<A extends AskedCommand> {
  asks: A[]
  /** Accepts that have waited too long. */
  late: A[]
  /** About so many are written for it, the indexes included. */
  bytes: number
}

export class CommandLine<A extends AskedCommand> {
  readonly #line = new FairLine<Waiting<A>>()

  get length(): number {
    return this.#line.length
  }

  add(ask: A): void {
    const { bytes, cost } = weigh(ask)
    this.#line.add({ ask, since: monotonicMs(), bytes }, cost, placeOf(ask, cost))
  }

  /** Those whose turn it is, in their order. */
  takeGroup(): Group<A> {
    const oldest = monotonicMs() - deadlineMs
    const group: Group<A> = { asks: [], late: [], bytes: 0 }
    for (let next = this.#line.first; next; next = this.#line.first) {
      const { ask, since, bytes } = next
      const isLate = since < oldest && ask.command.kind === 'accept'
      if (!isLate && !hasRoomFor(bytes, group)) break
      this.#line.removeFirst(!isLate)
      if (isLate) group.late.push(ask)
      else {
        group.asks.push(ask)
        group.bytes += bytes
      }
    }
    return group
  }

  /** Recipients whose outcome waits. */
  *outcomes(): Generator<RecipientKey> {
    for (const { ask } of this.#line) yield* outcomesOf(ask)
  }
}

const hasRoomFor = (bytes: number, group: Group<AskedCommand>): boolean =>
  group.asks.length === 0 ||
  (group.asks.length < groupCommands && group.bytes + bytes <= groupBytes)

export function* outcomesOf({ command }: AskedCommand): Generator<RecipientKey> {
  if (command.kind === 'settle') yield* command.outcomes.map(({ recipient }) => recipient)
}

/** `bytes`: about so many are written for it at most. `cost`: what of that is known when it comes, by which turns go. */
function weigh({ command, payload }: AskedCommand): { bytes: number; cost: number } {
  const known = payload.length + bytesPerOutcome * rowsOf(command)
  const atMost = known + bytesPerOutcome * unknownRowsOf(command)
  const beside = command.kind === 'abandon' ? abandonBytes : 0
  return { bytes: atMost + beside, cost: known + beside + commandBytes }
}

/** Recipients for which it changes something, as far as it names them. */
function rowsOf(command: Command): number {
  if (command.kind === 'accept') return command.message.recipients.length
  if (command.kind === 'settle') return command.outcomes.length
  return command.kind === 'place' ? command.placements.length : 0
}

/** … and as far as it doesn't. */
function unknownRowsOf(command: Command): number {
  if (command.kind === 'place') return movedAtOnce
  return command.kind === 'note' && command.holdMessage ? heldByNote : 0
}

const ofDelivery: ReadonlySet<Command['kind']> = new Set(['settle', 'follow', 'place', 'note'])

/** Whose it is, for the turns. */
function placeOf({ command, by }: AskedCommand, cost: number): readonly string[] {
  const { kind } = command
  if (kind === 'accept') return ['mail', submitterName(command.message.submitter), sizeOf(cost)]
  if (kind === 'chunk' || kind === 'abandon') return ['mail', principalName(by), sizeOf(cost)]
  return ofDelivery.has(kind) ? ['delivery', sizeOf(cost)] : ['people', principalName(by)]
}

function sizeOf(cost: number): string {
  const times = Math.log(cost / commandBytes) / Math.log(timesAsMuch)
  return String(Math.floor(times))
}
