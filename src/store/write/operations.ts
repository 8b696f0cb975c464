import { isFilter } from '../../words/filter.ts'
import { principalName, type Principal } from '../../words/principal.ts'
import type { AnswerTo, Fault } from '../protocol/answers.ts'
import type {
  Command,
  LiftHoldCommand,
  OperateCommand,
  PutHoldCommand,
} from '../protocol/commands.ts'
import type { GroupCommit } from './group-commit.ts'
import { findStanding, holdRecipients, putHold, type StandingHold } from './holds.ts'
import { Operation, releaseSlice } from './operate.ts'
import type { Work } from './transaction.ts'

type Reply<C extends Command> = (answer: AnswerTo<C>) => void

/** Runs operations slice by slice between the groups, and answers after the last slice. */
export class Operations {
  readonly #groups: GroupCommit
  readonly #flightKnown: Promise<unknown>
  #slices = 0

  /** `flightKnown` resolves when delivery has said what it has in flight: before, a purge could settle what is sent. */
  constructor(groups: GroupCommit, flightKnown: Promise<unknown>) {
    this.#groups = groups
    this.#flightKnown = flightKnown
  }

  /** How many slices were begun. */
  get slices(): number {
    return this.#slices
  }

  operate(command: OperateCommand, by: Principal, reply: Reply<OperateCommand>): void {
    // A part that went unheeded would make it touch more than was meant.
    if (!isFilter(command.filter)) {
      reply({ kind: 'refused', reason: 'malformed filter' })
      return
    }
    const operation = new Operation(command, by)
    void this.#flightKnown.then(() =>
      this.#addSlices(
        (work) => operation.slice(work),
        (fault) => reply(fault ?? operation.answer),
      ),
    )
  }

  /** The hold first, so that what is accepted meanwhile is held too; then those already queued. */
  putHold(command: PutHoldCommand, by: Principal, reply: Reply<PutHoldCommand>): void {
    let hold = 0
    const operation = new Operation(holdAllOf(command), by, (work, keys) =>
      holdRecipients(work, hold, keys),
    )
    let placed = false
    this.#addSlices(
      (work) => {
        // Lifted meanwhile: what it has not taken in yet, it must not.
        const stands = () => work.memory.standing.some(({ id }) => id === hold)
        if (placed) return !stands() || operation.slice(work)
        hold = putHold(work, command, by)
        work.afterCommit.push(() => (placed = true))
        return false
      },
      (fault) => reply(fault ?? operation.answer),
    )
  }

  /** Not standing any more first, so that nothing new is held; then those it holds go free. */
  liftHold(command: LiftHoldCommand, by: Principal, reply: Reply<LiftHoldCommand>): void {
    let lifting: StandingHold | null = null
    this.#addSlices(
      (work) => {
        if (lifting) return releaseSlice(work, lifting.id)
        const found = findStanding(work, command)
        if (found) endStanding(work, found, by)
        work.afterCommit.push(() => (lifting = found))
        return found === null
      },
      (fault) =>
        reply(fault ?? (lifting ? { kind: 'ok' } : { kind: 'refused', reason: 'no such hold' })),
    )
  }

  #addSlices(slice: (work: Work) => boolean, done: (fault: Fault | null) => void): void {
    this.#groups.addSlices((work) => {
      this.#slices += 1
      return slice(work)
    }, done)
  }
}

/** A standing hold becomes one that holds only whom it holds now. */
export function endStanding(work: Work, hold: StandingHold, by: Principal): void {
  const { memory } = work
  work.connection.sql("UPDATE hold SET scope = 'recipients' WHERE id = ?").run(hold.id)
  const { scope, value, party } = hold
  work.event('hold_lifted', {}, { scope, value, party, actor: principalName(by) })
  work.afterCommit.push(
    () => (memory.standing = memory.standing.filter((other) => other.id !== hold.id)),
  )
}

function holdAllOf(command: PutHoldCommand): OperateCommand {
  const { scope, value, party, reason, until } = command
  const filter = scope === 'all' ? {} : { [scope]: value }
  return {
    kind: 'operate',
    action: 'hold',
    filter,
    party,
    reason,
    until,
    dryRun: false,
  }
}
