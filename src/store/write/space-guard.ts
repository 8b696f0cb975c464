import { closeSync, existsSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { minute, monotonicMs } from '../../time/clock.ts'
import { lastShare, roomOf, slackShare } from '../file/reserve.ts'

const mebibyte = 1024 * 1024
const ballastBytes = 16 * mebibyte
/** What becomes of a recipient takes so much room, the pages of all indexes included, a few hundred at a time. */
export const bytesPerOutcome = 3 * 1024
/** Less than this is for moving the log alone: who fills it with more has no room to move it, now or later. */
const leastShare = 0.125
/** Others write to the disk, too: a backup fills the reserve within a second. */
const everyMs = 250
/** A ballast that a quota or a fault leaves no room for is not tried again before. */
const layAgainMs = 10 * minute
/** A full disk is not told again before. */
const silentMs = minute
/** After so many bytes: a fast disk takes them long before that. */
const everyBytes = 4 * mebibyte

/**
 * What the room on the disk allows. `ample`: all. `short`: no new mail. `last`: the same, and operations and sweeps wait until
 * the log has given back what it can, within moments. `kept`: it can't, and only what becomes of mail that is in flight already
 * is written. `none`: with that, too, the log would soon be longer than there is room to move it, so it waits.
 */
export type Space = 'ample' | 'short' | 'last' | 'kept' | 'none'

/** Whether nothing may be begun: no mail be sent, no operation be asked for. */
export const isSuspended = (space: Space): boolean => space === 'kept' || space === 'none'

/** The log of the store, as far as room is concerned. */
export interface GuardedLog {
  /** Bytes that the database file still needs for what lies in the log alone. */
  readonly growthBytes: number
  /** Whether it can't be moved into the database file and begun anew. */
  readonly isStuck: boolean
  /** Whether it has blocks that it gives back to a short disk once it is moved. */
  readonly givesBack: boolean
  /** To be called while space is short, whether anything is committed or not. */
  move(): void
}

export interface SpaceGuardOptions {
  ballastPath: string
  log: { warn(fields: object, text: string): void }
  storeLog: GuardedLog
  /** Recipients in flight: what becomes of them has yet to be written. */
  inFlight: () => number
  /** Gets what the room allows from now on. */
  onChange: (space: Space) => void
  /** The disk does not say how much is free. */
  onBroken: (error: unknown) => void
}

/**
 * Watches free space, and alone decides what it allows. New mail is refused before the disk is full, so that delivery can
 * go on writing what it did; and there is a ballast, a file to be thrown out when the disk is full all the same, since a
 * full disk can't be mended from inside. What the log has yet to bring into the database file counts as used: behind a
 * long reader it may be gigabytes.
 *
 * A log that can't be moved, as a reader keeps it, grows with all that is written, and a disk that it has filled leaves no
 * room to move it once the reader is gone. So where half of the reserve is gone behind such a log, or no more is left than what
 * is in flight needs, nothing is written but what becomes of that; at the very last not even that; and the ballast stays, for
 * the moving.
 */
export class SpaceGuard {
  readonly #ballastPath: string
  readonly #storeLog: GuardedLog
  readonly #log: SpaceGuardOptions['log']
  readonly #inFlight: () => number
  readonly #onChange: (space: Space) => void
  readonly #onBroken: (error: unknown) => void
  readonly #timer: NodeJS.Timeout
  #space: Space = 'ample'
  #takenBytes = 0
  #layAgainAt = -Infinity
  #saidFullAt = -silentMs

  constructor(options: SpaceGuardOptions) {
    const { ballastPath, log, storeLog, inFlight, onChange, onBroken } = options
    this.#ballastPath = ballastPath
    this.#log = log
    this.#storeLog = storeLog
    this.#inFlight = inFlight
    this.#onChange = onChange
    this.#onBroken = onBroken
    this.#timer = setInterval(() => this.#tick(), everyMs)
    this.look()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  /** Where mail is refused and nothing sent, there is no commit that a checkpoint could follow. */
  #tick(): void {
    try {
      this.look()
    } catch (error) {
      this.#onBroken(error)
      return
    }
    if (this.#space !== 'ample') this.#storeLog.move()
  }

  /**
   * The disk is full: make room for what must be written. What waits for room asks for it each second. A long log makes room
   * itself once it is moved; where a reader keeps it from that, the ballast is what it can be moved with later.
   */
  makeRoom(): void {
    if (this.#storeLog.givesBack) this.#say(false)
    else this.#throwOutBallast()
    this.look()
  }

  #throwOutBallast(): void {
    const isThere = existsSync(this.#ballastPath)
    rmSync(this.#ballastPath, { force: true })
    this.#say(isThere)
  }

  #say(isThere: boolean): void {
    const now = monotonicMs()
    if (isThere || now - this.#saidFullAt >= silentMs) {
      this.#saidFullAt = now
      const text = isThere ? 'the disk is full; the ballast file was deleted' : waitsForRoom
      this.#log.warn({ event: 'disk_full' }, text)
    }
  }

  /** About so many bytes were committed. */
  took(bytes: number): void {
    this.#takenBytes += bytes
    if (this.#takenBytes >= everyBytes) this.look()
  }

  /** Also to be called when room was made. */
  look(): void {
    this.#takenBytes = 0
    const { free, reserve } = this.#measure()
    const before = this.#space
    this.#space = this.#allowedBy(free, reserve)
    if (this.#space !== before) {
      this.#tell(before, free)
      this.#onChange(this.#space)
    }
    if (free > reserve + 4 * ballastBytes && !existsSync(this.#ballastPath)) this.#tryBallast()
  }

  /**
   * Whether the whole log finds room in the database file, at the cost of the ballast if need be. A log that does not
   * would take the last blocks for nothing.
   */
  get hasRoomForLog(): boolean {
    const { free } = this.#measure()
    return free >= 0 || (free + ballastBytes >= 0 && existsSync(this.#ballastPath))
  }

  /**
   * The disk was full when pages of the log were moved: no reader stands before them any more, and what comes of the ballast is
   * not taken by outcomes before.
   */
  makeRoomForLog(): void {
    if (this.hasRoomForLog) this.#throwOutBallast()
  }

  /** Leaving a state takes a little more room than entering it: else each page would do both. */
  #allowedBy(free: number, reserve: number): Space {
    const slack = (isIn: boolean): number => (isIn ? reserve * slackShare : 0)
    const half = reserve * lastShare
    const forFlight = Math.max(half, this.#inFlight() * bytesPerOutcome)
    if (this.#storeLog.isStuck) {
      if (free < reserve * leastShare + slack(this.#space === 'none')) return 'none'
      if (free < forFlight + slack(isSuspended(this.#space))) return 'kept'
    }
    if (free >= reserve + slack(this.#space !== 'ample')) return 'ample'
    return free < half && this.#storeLog.givesBack && !this.#storeLog.isStuck ? 'last' : 'short'
  }

  #tell(before: Space, freeBytes: number): void {
    const now = this.#space
    const say = (event: string, text: string): void => this.#log.warn({ event, freeBytes }, text)
    if (before === 'ample') say('space_low', 'free space is short: new mail is refused')
    if (isSuspended(now) && !isSuspended(before)) {
      say(
        'sending_suspended',
        'the write-ahead log can’t be moved into the database, as a reader keeps it or the disk is too full: nothing more is sent, and operations wait, until it can or there is more room',
      )
    } else if (isSuspended(before) && !isSuspended(now)) say('sending_resumed', 'sending goes on')
    if (now === 'none') {
      say(
        'outcomes_wait',
        'what was sent can’t be recorded until the write-ahead log can be moved into the database: end what reads the store, such as a backup, or make room; after a stop before that, the outcome of this mail is unknown and it is sent again',
      )
    }
    if (now === 'ample') say('space_back', 'there is room again: new mail is accepted')
  }

  /** What is free once the whole log is moved, and the reserve. */
  #measure(): { free: number; reserve: number } {
    const { free, reserve } = roomOf(dirname(this.#ballastPath))
    return { free: free - this.#storeLog.growthBytes, reserve }
  }

  #tryBallast(): void {
    if (monotonicMs() < this.#layAgainAt) return
    try {
      this.#layBallast()
    } catch (error) {
      this.#layAgainAt = monotonicMs() + layAgainMs
      this.#log.warn({ err: error, event: 'no_ballast' }, 'the ballast could not be laid')
      rmSync(this.#ballastPath, { force: true })
    }
  }

  #layBallast(): void {
    const file = openSync(this.#ballastPath, 'w', 0o600)
    try {
      const block = Buffer.alloc(mebibyte, 1)
      for (let written = 0; written < ballastBytes; written += block.length) writeSync(file, block)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
  }
}

const waitsForRoom = 'the disk is full; the outcomes of what was sent wait for room'
