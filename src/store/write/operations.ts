import type {
  Answer,
  LiftHoldCommand,
  OperateCommand,
  PutHoldCommand,
} from '../protocol/commands.ts'
import type { GroupCommit } from './group-commit.ts'
import { findStanding, holdRecipients, putHold, type StandingHold } from './holds.ts'
import { Operation, releaseSlice } from './operate.ts'
import type { Work } from './transaction.ts'

type Reply = (answer: Answer) => void

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

  operate(command: OperateCommand, reply: Reply): void {
    const operation = new Operation(command)
    void this.#flightKnown.then(() =>
      this.#addSlices(
        (work) => operation.slice(work),
        (refusal) => reply(refusal ?? operation.answer),
      ),
    )
  }

  /** The hold first, so that what is accepted meanwhile is held too; then those already queued. */
  putHold(command: PutHoldCommand, reply: Reply): void {
    let hold = 0
    const operation = new Operation(holdAllOf(command), (work, keys) =>
      holdRecipients(work, hold, keys),
    )
    let placed = false
    this.#addSlices(
      (work) => {
        // Lifted meanwhile: what it has not taken in yet, it must not.
        const stands = () => work.memory.standing.some(({ id }) => id === hold)
        if (placed) return !stands() || operation.slice(work)
        hold = putHold(work, command)
        work.afterCommit.push(() => (placed = true))
        return false
      },
      (refusal) => reply(refusal ?? operation.answer),
    )
  }

  /** Not standing any more first, so that nothing new is held; then those it holds go free. */
  liftHold(command: LiftHoldCommand, reply: Reply): void {
    let lifting: StandingHold | null = null
    this.#addSlices(
      (work) => {
        if (lifting) return releaseSlice(work, lifting.id)
        const found = findStanding(work, command)
        if (found) endStanding(work, found)
        work.afterCommit.push(() => (lifting = found))
        return found === null
      },
      (refusal) =>
        reply(refusal ?? (lifting ? { kind: 'ok' } : { kind: 'refused', reason: 'no such hold' })),
    )
  }

  #addSlices(slice: (work: Work) => boolean, done: (refusal: Answer | null) => void): void {
    this.#groups.addSlices((work) => {
      this.#slices += 1
      return slice(work)
    }, done)
  }
}

/** A standing hold becomes one that holds only whom it holds now. */
export function endStanding(work: Work, hold: StandingHold): void {
  const { memory } = work
  work.connection.sql("UPDATE hold SET scope = 'recipients' WHERE id = ?").run(hold.id)
  work.event('hold_lifted', {}, { scope: hold.scope, value: hold.value, party: hold.party })
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
    actor: party,
    reason,
    until,
    dryRun: false,
  }
}
