import { closeSync, existsSync, fsyncSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { minute, monotonicMs } from '../../time/clock.ts'

const mebibyte = 1024 * 1024
const ballastBytes = 16 * mebibyte
/** Free space below which no new mail is taken: what is queued still needs room to be settled. */
const reserveBytes = 128 * mebibyte
/** On a small disk the reserve is a tenth of it. */
const reserveShare = 0.1
/** The last of it is for what is in flight: outcomes would use up the room that a log needs which a reader has made long. */
const lastShare = 0.5
const longGrowthBytes = 8 * mebibyte
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
  /** Sending was suspended, and goes on. */
  onResume: () => void
}

/**
 * Watches free space. New mail is refused before the disk is full, so that delivery can go on writing what it did; and
 * there is a ballast, a file to be thrown out when the disk is full all the same, since a full disk can't be mended
 * from inside. What the log has yet to bring into the database file counts as used: behind a long reader it may be
 * gigabytes, and a log that can't be moved can't be begun anew. So where half of the reserve went to outcomes behind such
 * a reader, sending is suspended until it is gone.
 */
export class SpaceGuard {
  readonly #ballastPath: string
  readonly #growthBytes: () => number
  readonly #refuse: (refuse: boolean) => void
  readonly #log: SpaceGuardOptions['log']
  readonly #onResume: () => void
  readonly #timer: NodeJS.Timeout
  #low = false
  #suspendsSending = false
  #takenBytes = 0
  #saidFullAt = -silentMs

  constructor(
    { ballastPath, log, growthBytes, onResume }: SpaceGuardOptions,
    refuse: (refuse: boolean) => void,
  ) {
    this.#ballastPath = ballastPath
    this.#log = log
    this.#growthBytes = growthBytes
    this.#refuse = refuse
    this.#onResume = onResume
    this.#timer = setInterval(() => this.look(), everyMs)
    this.look()
  }

  /** Whether nothing new may be sent, as its outcome would take the room that the log needs. */
  get suspendsSending(): boolean {
    return this.#suspendsSending
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
    const { free, growth, diskBytes } = this.#free()
    const reserve = Math.min(reserveBytes, diskBytes * reserveShare)
    this.#suspendSending(growth >= longGrowthBytes && free < reserve * lastShare, free)
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

  #suspendSending(suspends: boolean, freeBytes: number): void {
    if (suspends === this.#suspendsSending) return
    this.#suspendsSending = suspends
    const event = suspends ? 'sending_suspended' : 'sending_resumed'
    const text = suspends
      ? 'nothing more is sent until the reader that keeps the log from being moved is gone, or there is more room'
      : 'sending goes on'
    this.#log.warn({ event, freeBytes }, text)
    if (!suspends) this.#onResume()
  }

  /** What is free once the whole log is moved. */
  #free(): { free: number; growth: number; diskBytes: number } {
    const { bavail, bsize, blocks } = statfsSync(dirname(this.#ballastPath))
    const growth = this.#growthBytes()
    return { free: bavail * bsize - growth, growth, diskBytes: blocks * bsize }
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
