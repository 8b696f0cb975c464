import { commitSeconds } from '../../metrics/declared.ts'
import { monotonicMs, second } from '../../time/clock.ts'
import type { Fault } from '../protocol/answers.ts'
import { isPatient, type Command } from '../protocol/commands.ts'
import type { RecipientKey } from '../../words/keys.ts'
import type { Ask } from './asked.ts'
import { spoilUpload } from './carry-out.ts'
import { CommandLine, outcomesOf, type Group } from './command-line.ts'
import { SliceLine, type OnBehalf, type Slices } from './slice-line.ts'
import { isSuspended, type Space } from './space-guard.ts'
import type { Work } from './transaction.ts'
import { diskFull, type Committed, type Writer } from './writer.ts'

/** Patient commands wait this long for company; everything else only for the turn of the loop. */
const patienceMs = 20
/** What a slice writes, as far as watching the disk is concerned. */
const sliceBytes = 4 * 1024 * 1024

export interface GroupEvents {
  /** `bytes`: about so many were written. */
  onCommitted: (committed: Committed, bytes: number) => void
  /** The disk is full; the group was undone. */
  onFull: () => void
  onBroken: (error: unknown) => void
}

/** Gathers commands and has the writer commit them group by group; between groups, slices of longer work get a turn. */
export class GroupCommit {
  readonly #writer: Writer
  readonly #events: GroupEvents
  readonly #waiting = new CommandLine<Ask>()
  readonly #slices = new SliceLine()
  #timer: NodeJS.Timeout | null = null
  #scheduled = false
  #space: Space = 'ample'
  /** What found the disk full and can't be refused: outcomes, and slices of work that is done in part. */
  #again: { asks: Ask[]; slices: Slices[] } = { asks: [], slices: [] }
  #againTimer: NodeJS.Timeout | null = null
  #ended = false

  constructor(writer: Writer, events: GroupEvents) {
    this.#writer = writer
    this.#events = events
  }

  /** What free space allows: while it is short, new mail is refused at once; outcomes are taken as long as there is any. */
  allow(space: Space): void {
    this.#space = space
    this.#schedule()
  }

  get takesMail(): boolean {
    return this.#space === 'ample'
  }

  /** Whether anything may be begun: mail be sent, an operation be asked for. */
  get begins(): boolean {
    return !isSuspended(this.#space)
  }

  add<K extends Command['kind']>(asked: Ask<K>): void {
    // The writer answers each with an answer of its kind, which a line of many kinds can't say in types
    const ask = asked as unknown as Ask
    if (this.#refuses(ask.command.kind)) {
      this.#writer.refuse(ask, diskFull)
      return
    }
    this.#stand(ask)
    if (isPatient(ask.command)) this.#timer ??= setTimeout(() => this.#schedule(), patienceMs)
    else this.#schedule()
  }

  /** @throws where it is not what its kind says: a fault of who sent it, after which nothing of it is kept */
  #stand(ask: Ask): void {
    try {
      this.#waiting.add(ask)
    } catch (error) {
      spoilUpload(this.#writer.memory, ask.command)
      throw error
    }
  }

  #refuses(kind: Command['kind']): boolean {
    if (kind === 'place' || kind === 'count-refusals') return !this.begins
    return !this.takesMail && (kind === 'accept' || kind === 'chunk')
  }

  /** `waits`: while the last of the room is for what is in flight. `onBehalf`: whose operation it is; null: the store's own work. */
  addSlices(
    slice: (work: Work) => boolean,
    done: (fault: Fault | null) => void,
    { waits = false, onBehalf = null }: { waits?: boolean; onBehalf?: OnBehalf | null } = {},
  ): void {
    this.#slices.add({ slice, done, waits, onBehalf })
    this.#schedule()
  }

  /** Whether no further turn will do anything. */
  get idle(): boolean {
    if (this.#ended) return true
    return !this.#hasTurn
  }

  get #hasTurn(): boolean {
    return this.#waiting.length > 0 || this.#slices.hasNext(this.#space)
  }

  /** Recipients whose outcome is here, but not yet on disk. */
  *settling(): Generator<RecipientKey> {
    yield* this.#waiting.outcomes()
    for (const ask of this.#again.asks) yield* outcomesOf(ask)
  }

  /** Whether outcomes wait for room on the disk. */
  get hasWaitingForRoom(): boolean {
    return this.#again.asks.length > 0
  }

  /** There may be room: what waits for it is tried now. */
  tryAgain(): void {
    const { asks } = this.#again
    this.#again.asks = []
    for (const ask of asks) this.#waiting.add(ask)
    this.#schedule()
  }

  async whenIdle(): Promise<void> {
    while (!this.idle) await new Promise((resolve) => setImmediate(resolve))
  }

  /** Takes no further turn; what still waits is never answered. */
  end(): void {
    this.#ended = true
    if (this.#timer) clearTimeout(this.#timer)
    if (this.#againTimer) clearTimeout(this.#againTimer)
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      if (this.#ended) return
      try {
        this.#turn()
      } catch (error) {
        this.end()
        this.#events.onBroken(error)
      }
    })
  }

  #turn(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    if (this.#waiting.length > 0) this.#commitGroup()
    const slices = this.#slices.takeNext(this.#space)
    if (slices) this.#sliceOf(slices)
    if (this.#hasTurn) this.#schedule()
  }

  #commitGroup(): void {
    const { asks: group, late, bytes }: Group<Ask> = this.#waiting.takeGroup()
    for (const ask of late) this.#writer.refuse(ask, { kind: 'unavailable', cause: 'deadline' })
    if (group.length === 0) return
    if (this.#space === 'none') {
      this.#comeAgain({ asks: this.#writer.refuseAsFull(group), slices: [] })
      return
    }
    const began = monotonicMs()
    const { again, full, ...committed } = this.#writer.commit(group)
    commitSeconds.observe((monotonicMs() - began) / second)
    this.#events.onCommitted(committed, bytes)
    if (!full) return
    this.#events.onFull()
    // Room was made; and without new mail beside them, the outcomes may fit.
    const rest = again.length > 0 && again.length < group.length ? this.#writer.commit(again) : null
    if (rest) this.#events.onCommitted(rest, 0)
    this.#comeAgain({ asks: rest ? rest.again : again, slices: [] })
  }

  #comeAgain({ asks, slices }: { asks: readonly Ask[]; slices: readonly Slices[] }): void {
    if (asks.length + slices.length === 0) return
    this.#again.asks.push(...asks)
    this.#again.slices.push(...slices)
    this.#againTimer ??= setTimeout(() => {
      for (const slices of this.#again.slices) this.#slices.add(slices)
      this.#again.slices = []
      this.#againTimer = null
      this.tryAgain()
    }, second)
  }

  #sliceOf(slices: Slices): void {
    const { slice, done } = slices
    const results: (boolean | Fault)[] = []
    const outcome = this.#writer.transact([slice], results)
    if (outcome === 'full') {
      this.#events.onFull()
      this.#comeAgain({ asks: [], slices: [slices] })
      return
    }
    const [result = true] = results
    if (result === false) this.#slices.add(goneOn(slices))
    else done(result === true ? null : result)
    this.#events.onCommitted(outcome, sliceBytes)
  }
}

const goneOn = (slices: Slices): Slices => ({
  ...slices,
  onBehalf: slices.onBehalf && { ...slices.onBehalf, isUnderWay: true },
})
