/**
 * Watches the machine's clock for the store, and keeps for all processes what is to be thought of it: the time that they
 * act on, and since when it is not the machine's (src/time/jumps.ts, docs/decisions/0018).
 */
import { minute, rfc3339, second, type MachineClock, type Millis } from '../../time/clock.ts'
import { aheadAtStart, type Jump } from '../../time/jumps.ts'
import { RelayClock } from '../../time/relay-clock.ts'
import { principalName, type Principal } from '../../words/principal.ts'
import type { AnswerTo, ClockJump } from '../protocol/answers.ts'
import type { AcceptClockCommand } from '../protocol/commands.ts'
import type { SqliteConnection } from '../file/sqlite-connection.ts'
import { audit } from './audit.ts'
import type { Handlers } from './asked.ts'
import type { GroupCommit } from './group-commit.ts'
import { theStore, type Work } from './transaction.ts'

const everyMs = second
/** How far behind the time may be that a start finds in the store. */
const seenEveryMs = 5 * minute

interface Log {
  info(fields: object, text: string): void
  warn(fields: object, text: string): void
}

type Reply = (answer: AnswerTo<AcceptClockCommand>) => void

export class TimeWatch {
  /** The time that the store acts on. */
  readonly clock: RelayClock
  readonly #log: Log
  #groups: GroupCommit | null = null
  #timer: NodeJS.Timeout | null = null
  #jumps: Jump[] = []
  #seenAt: Millis = 0
  #isAccepting = false
  #isWriting = false

  constructor(machine: MachineClock, log: Log) {
    this.#log = log
    this.clock = new RelayClock(machine, (jump) => this.#jumps.push(jump))
  }

  /** Compares the clock with what the store has seen of it before. */
  begin(connection: SqliteConnection, groups: GroupCommit): void {
    this.#groups = groups
    const row = connection.sql('SELECT seen_at, ahead FROM clock').get()
    const wrote = typeof row?.['seen_at'] === 'number' ? row['seen_at'] : null
    const wall = this.clock.wall()
    const before = Number(row?.['ahead'])
    const aheadMs = aheadAtStart(wall, wrote, before)
    this.clock.setAhead(aheadMs)
    if (aheadMs !== 0) {
      this.#jumps.push({ kind: 'jumped', from: wall - aheadMs, to: wall, byMs: aheadMs })
    } else if (before !== 0) {
      // The other processes still act on what was written
      this.#write((work) => this.#save(work, 1))
    }
    this.tick()
  }

  start(): void {
    this.#timer = setInterval(() => this.tick(), everyMs)
  }

  /** The next start compares the clock with this moment. */
  stop(): void {
    if (this.#timer) clearInterval(this.#timer)
    this.#write((work) => this.#save(work, 0))
  }

  /** Takes a reading, and writes down what is new. */
  tick(): void {
    const now = this.clock.now()
    // Where the disk is full, one waits for room, not one for each second
    if (this.#isWriting) return
    const jumps = this.#jumps.splice(0)
    if (jumps.length > 0) this.#write((work) => this.#record(work, jumps))
    else if (this.clock.aheadMs !== 0 && this.clock.lookedAtForMs === 0) {
      this.accept(theStore, () => undefined)
    } else if (Math.abs(now - this.#seenAt) >= seenEveryMs) {
      this.#write((work) => this.#save(work, 0))
    }
  }

  /** Null where the clock is steady. */
  get jump(): ClockJump | null {
    const { aheadMs, lookedAtForMs } = this.clock
    return aheadMs === 0 ? null : { byMs: aheadMs, acceptedInMs: lookedAtForMs }
  }

  readonly commands = {
    'accept-clock': ({ by, answer }) => this.accept(by, answer),
  } satisfies Handlers<'accept-clock'>

  /** From here on what the machine's clock says is the time. */
  accept(by: Principal, reply: Reply): void {
    if (this.#isAccepting) {
      reply(noJump)
      return
    }
    this.#isAccepting = true
    let answer: AnswerTo<AcceptClockCommand> = noJump
    this.clock.now()
    const jumps = this.#jumps.splice(0)
    this.#groups?.addSlices(
      (work) => {
        if (jumps.length > 0) this.#record(work, jumps)
        const { aheadMs } = this.clock
        if (aheadMs === 0) return true
        answer = { kind: 'accepted-clock', byMs: aheadMs }
        work.event({ event: 'clock_accepted', data: { by: aheadMs, actor: principalName(by) } })
        audit(work, by, { action: 'accept_clock', detail: { by: aheadMs } })
        work.connection
          .sql('UPDATE clock SET seen_at = ?, ahead = 0, changes = changes + 1, unbounded = 1')
          .run(work.now + aheadMs)
        work.afterCommit.push(() => this.#accepted(aheadMs))
        return true
      },
      (fault) => {
        this.#isAccepting = false
        reply(fault ?? answer)
      },
    )
  }

  #accepted(byMs: number): void {
    this.clock.setAhead(0)
    this.#log.info({ event: 'clock_accepted', by: byMs }, 'the jump of the clock was accepted')
  }

  #write(write: (work: Work) => void): void {
    this.#isWriting = true
    this.#groups?.addSlices(
      (work) => {
        write(work)
        return true
      },
      () => (this.#isWriting = false),
    )
  }

  #record(work: Work, jumps: readonly Jump[]): void {
    for (const { kind, from, to, byMs } of jumps) {
      const span = { from: rfc3339(from), to: rfc3339(to), by: byMs }
      const event = `clock_${kind}` as const
      work.event({ event, data: span })
      work.afterCommit.push(() => this.#log.warn({ event, ...span, ...fixes[kind] }, texts[kind]))
    }
    this.#save(work, 1)
  }

  #save(work: Work, changes: 0 | 1): void {
    // After a jump forward rows may get times that only the new time can bear
    work.connection
      .sql(
        'UPDATE clock SET seen_at = ?, ahead = ?, changes = changes + ?, unbounded = max(unbounded, ?)',
      )
      .run(work.now, this.clock.aheadMs, changes, changes)
    work.afterCommit.push(() => (this.#seenAt = work.now))
  }
}

const noJump = { kind: 'refused', reason: 'no jump' } as const

const texts: Readonly<Record<Jump['kind'], string>> = {
  jumped: 'the clock of this machine jumped; the relay goes on by the time before',
  returned: 'the clock of this machine is back where it was before it jumped',
}
const fixes: Readonly<Record<Jump['kind'], { fix?: string }>> = {
  jumped: {
    fix: 'set the clock if it is wrong; if it is right: npx sluice clock accept, or wait until it is believed',
  },
  returned: {},
}
