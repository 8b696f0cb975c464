import { isFilter, type Filter } from '../../words/filter.ts'
import type { Party } from '../../words/party.ts'
import { principalName, type Principal } from '../../words/principal.ts'
import type { AnswerTo, Fault } from '../protocol/answers.ts'
import type { LiftHoldCommand, OperateCommand, PutHoldCommand } from '../protocol/commands.ts'
import type { OperationRow } from '../file/operation-row.ts'
import type { Search } from '../read/search.ts'
import type { Handlers } from './asked.ts'
import type { GroupCommit } from './group-commit.ts'
import { endStanding, findStanding, putHold } from './holds.ts'
import { answerOf, operationSlice, planOperation } from './operation-slice.ts'
import {
  newOperationRow,
  endOperation,
  operationRowById,
  readOperation,
  writeOperation,
  type RunningOperation,
} from './write-operation.ts'
import type { OnBehalf } from './slice-line.ts'
import type { Work } from './transaction.ts'
import { diskFull } from './writer.ts'

type Starts = OperateCommand | PutHoldCommand | LiftHoldCommand
type Reply<C extends Starts> = (answer: AnswerTo<C>) => void
type Refused = Extract<AnswerTo<LiftHoldCommand>, { kind: 'refused' }>

/** Waits for the end of an operation. */
type Waiter = (end: OperationRow | Fault) => void

/**
 * Runs operations slice by slice between the groups; those that a restart cut off go on where they were. While the room that is
 * left is kept for what is in flight, none begins, and those that are under way wait.
 */
export class Operations {
  readonly #groups: GroupCommit
  readonly #flightKnown: Promise<unknown>
  /** Those that are under way in this process, and who waits for their end. What is true of them is in their rows. */
  readonly #waiting = new Map<number, Waiter[]>()
  #slices = 0
  #suspended = false

  /**
   * `flightKnown` resolves when delivery has said what it has in flight: before, a purge could settle what is sent.
   * `cutOff`: those that were running when the store ended; they go on then.
   */
  constructor(
    groups: GroupCommit,
    flightKnown: Promise<unknown>,
    cutOff: readonly RunningOperation[],
  ) {
    this.#groups = groups
    this.#flightKnown = flightKnown
    void flightKnown.then(() => {
      for (const operation of cutOff) this.#goOn(operation, [])
    })
  }

  /** How many slices were begun. */
  get slices(): number {
    return this.#slices
  }

  /** Begins no further slice: the rows tell the next start where to go on. Who waits for an end is not answered. */
  suspend(): void {
    this.#suspended = true
  }

  readonly commands = {
    operate: ({ command, by, answer }) => this.#operate(command, by, answer),
    'put-hold': ({ command, by, answer }) => this.#putHold(command, by, answer),
    'lift-hold': ({ command, by, answer }) => this.#liftHold(command, by, answer),
  } satisfies Handlers<Starts['kind']>

  #operate(command: OperateCommand, by: Principal, reply: Reply<OperateCommand>): void {
    const { id = null, action, filter, party, reason, until } = command
    // A part that went unheeded would make it touch more than was meant.
    if (!isFilter(filter)) {
      reply({ kind: 'refused', reason: 'malformed filter' })
      return
    }
    const first = (work: Work): OperationRow =>
      newOperationRow(work, { id, action, filter, party, reason, until }, by)
    void this.#flightKnown.then(() => {
      if (command.dryRun) this.#count(first, begins(party, by), reply)
      else this.#begin(command, first, begins(party, by), reply)
    })
  }

  /** The hold and its first slice are one: what is accepted from then on is held as it comes. */
  #putHold(command: PutHoldCommand, by: Principal, reply: Reply<PutHoldCommand>): void {
    const { id = null, party, reason, until } = command
    const filter = filterOf(command)
    const first = (work: Work): OperationRow => ({
      ...newOperationRow(work, { id, action: 'put_hold', filter, party, reason, until }, by),
      hold: putHold(work, command, by),
    })
    this.#begin(command, first, begins(party, by), reply)
  }

  /** Not standing any more first, so that nothing new is held; then those it holds go free. */
  #liftHold(command: LiftHoldCommand, by: Principal, reply: Reply<LiftHoldCommand>): void {
    const { id = null, party } = command
    const filter = filterOf(command)
    const first = (work: Work): OperationRow | Refused => {
      const found = findStanding(work, command)
      if ('heldBy' in found) return { kind: 'refused', reason: 'no such hold', ...found }
      endStanding(work, found, by)
      const asked = { id, action: 'lift_hold', filter, party, reason: null, until: null } as const
      return { ...newOperationRow(work, asked, by), hold: found.id }
    }
    this.#begin(command, first, begins(party, by), reply)
  }

  /** The first slice makes the row, so that what is done at once costs one commit. */
  #begin<C extends Starts>(
    command: C,
    first: (work: Work) => OperationRow | Refused,
    onBehalf: OnBehalf,
    reply: (answer: AnswerTo<C>) => void,
  ): void {
    const say = reply as (answer: AnswerTo<Starts>) => void
    if (!this.#groups.begins) {
      say(diskFull)
      return
    }
    let begun: OperationRow | Refused | null = null
    this.#addSlices(
      (work) => {
        const known = command.id === undefined ? null : operationRowById(work, command.id)
        const made = known ?? firstSlice(work, first(work))
        work.afterCommit.push(() => (begun = made))
        return true
      },
      (fault) => {
        const outcome = fault ?? begun ?? gone
        if ('kind' in outcome) say(outcome)
        else if (outcome.state !== 'running') say(answerOf(outcome))
        else {
          if (command.answer === 'begun') say({ kind: 'begun', id: outcome.id })
          this.#goOn(
            outcome,
            command.answer === 'begun' ? [] : [(end) => say('kind' in end ? end : answerOf(end))],
          )
        }
      },
      { onBehalf },
    )
  }

  /** Goes through all slices and changes nothing. */
  #count(
    first: (work: Work) => OperationRow,
    onBehalf: OnBehalf,
    reply: Reply<OperateCommand>,
  ): void {
    let reached: { row: OperationRow; search: Search | null } | null = null
    this.#addSlices(
      (work) => {
        const row = reached?.row ?? first(work)
        const search = reached ? reached.search : planOperation(work, row)
        const next = operationSlice(work, row, search, { dry: true })
        work.afterCommit.push(() => (reached = { row: next, search }))
        return next.state !== 'running'
      },
      (fault) => reply(fault ?? (reached ? answerOf(reached.row) : gone)),
      { waits: false, onBehalf },
    )
  }

  #goOn({ key, party, principal }: RunningOperation, waiters: readonly Waiter[]): void {
    const known = this.#waiting.get(key)
    if (known) {
      known.push(...waiters)
      return
    }
    this.#waiting.set(key, [...waiters])
    let search: Search | null | undefined
    let last: OperationRow | null = null
    this.#addSlices(
      (work) => {
        const row = readOperation(work, key)
        if (row?.state !== 'running') {
          last = row
          return true
        }
        search ??= planOperation(work, row)
        const next = writeOperation(work, operationSlice(work, row, search))
        work.afterCommit.push(() => (last = next))
        return next.state !== 'running'
      },
      (fault) => this.#ended(key, fault ?? last ?? gone),
      { onBehalf: { party, principal, isUnderWay: true } },
    )
  }

  #ended(key: number, end: OperationRow | Fault): void {
    const tell = (): void => {
      const waiters = this.#waiting.get(key) ?? []
      this.#waiting.delete(key)
      for (const tellOne of waiters) tellOne(end)
    }
    if (!('kind' in end)) {
      tell()
      return
    }
    this.#addSlices((work) => {
      endOperation(work, key, 'failed')
      return true
    }, tell)
  }

  #addSlices(
    slice: (work: Work) => boolean,
    done: (fault: Fault | null) => void,
    { waits = true, onBehalf = null }: { waits?: boolean; onBehalf?: OnBehalf | null } = {},
  ): void {
    this.#groups.addSlices(
      (work) => {
        if (this.#suspended) return true
        this.#slices += 1
        return slice(work)
      },
      (fault) => {
        if (!this.#suspended) done(fault)
      },
      { waits, onBehalf },
    )
  }
}

const begins = (party: Party, by: Principal): OnBehalf => ({
  party,
  principal: principalName(by),
  isUnderWay: false,
})

const gone: Fault = { kind: 'fault', fault: 'the operation has no row' }

function firstSlice(work: Work, row: OperationRow | Refused): OperationRow | Refused {
  if ('kind' in row) return row
  return writeOperation(work, operationSlice(work, row, planOperation(work, row)))
}

/** Whom a standing hold concerns. */
const filterOf = ({ scope, value }: Pick<PutHoldCommand, 'scope' | 'value'>): Filter =>
  scope === 'all' ? {} : { [scope]: value }
