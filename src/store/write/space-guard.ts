import { closeSync, existsSync, fsyncSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { minute, monotonicMs } from '../../time/clock.ts'

const mebibyte = 1024 * 1024
const ballastBytes = 16 * mebibyte
/** Free space below which no new mail is taken: what is queued still needs room to be settled. */
const reserveBytes = 128 * mebibyte
/** On a small disk the reserve is a tenth of it. */
const reserveShare = 0.1
/** Others write to the disk, too: a backup fills the reserve within a second. */
const everyMs = 250
/** A full disk is not told again before. */
const silentMs = minute
/** After so many bytes of mail: a fast disk takes them long before that. */
const everyBytes = 4 * mebibyte

export interface SpaceGuardOptions {
  ballastPath: string
  log: { warn(fields: object, text: string): void }
  /** Bytes that the database file still needs for what lies in the log alone. */
  growthBytes: () => number
}

/**
 * Watches free space. New mail is refused before the disk is full, so that delivery can go on writing what it did; and
 * there is a ballast, a file to be thrown out when the disk is full all the same, since a full disk can't be mended
 * from inside. What the log has yet to bring into the database file counts as used: behind a long reader it may be
 * gigabytes, and a log that can't be moved can't be begun anew.
 */
export class SpaceGuard {
  readonly #ballastPath: string
  readonly #growthBytes: () => number
  readonly #refuse: (refuse: boolean) => void
  readonly #log: SpaceGuardOptions['log']
  readonly #timer: NodeJS.Timeout
  #low = false
  #takenBytes = 0
  #saidFullAt = -silentMs

  constructor(
    { ballastPath, log, growthBytes }: SpaceGuardOptions,
    refuse: (refuse: boolean) => void,
  ) {
    this.#ballastPath = ballastPath
    this.#log = log
    this.#growthBytes = growthBytes
    this.#refuse = refuse
    this.#timer = setInterval(() => this.look(), everyMs)
    this.look()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  /** The disk is full: make room for what must be written. What waits for room asks for it each second. */
  useBallast(): void {
    const isThere = existsSync(this.#ballastPath)
    rmSync(this.#ballastPath, { force: true })
    const now = monotonicMs()
    if (isThere || now - this.#saidFullAt >= silentMs) {
      this.#saidFullAt = now
      const what = isThere ? 'the ballast was thrown out' : 'what was sent waits for room'
      this.#log.warn({ event: 'disk_full' }, `the disk is full; ${what}`)
    }
    this.look()
  }

  /** So many bytes of mail were committed. */
  took(bytes: number): void {
    this.#takenBytes += bytes
    if (this.#takenBytes >= everyBytes) this.look()
  }

  /** Also to be called when room was made. */
  look(): void {
    this.#takenBytes = 0
    const { free, diskBytes } = this.#free()
    const reserve = Math.min(reserveBytes, diskBytes * reserveShare)
    const low = free < reserve
    if (low !== this.#low) {
      this.#log.warn({ event: low ? 'space_low' : 'space_back', freeBytes: free }, 'free space')
      this.#low = low
      this.#refuse(low)
    }
    if (free > reserve + 4 * ballastBytes && !existsSync(this.#ballastPath)) this.#tryBallast()
  }

  /**
   * Whether the whole log finds room in the database file, at the cost of the ballast if need be. A log that does not
   * would take the last blocks for nothing.
   */
  makeRoomForLog(): boolean {
    const { free } = this.#free()
    if (free >= 0) return true
    if (free + ballastBytes < 0 || !existsSync(this.#ballastPath)) return false
    this.useBallast()
    return true
  }

  /** What is free once the whole log is moved. */
  #free(): { free: number; diskBytes: number } {
    const { bavail, bsize, blocks } = statfsSync(dirname(this.#ballastPath))
    return { free: bavail * bsize - this.#growthBytes(), diskBytes: blocks * bsize }
  }

  #tryBallast(): void {
    try {
      this.#layBallast()
    } catch (error) {
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
