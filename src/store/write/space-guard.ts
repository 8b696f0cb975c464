import { closeSync, existsSync, fsyncSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { second } from '../../time/clock.ts'

const mebibyte = 1024 * 1024
const ballastBytes = 16 * mebibyte
/** Free space below which no new mail is taken: what is queued still needs room to be settled. */
const reserveBytes = 128 * mebibyte
/** On a small disk the reserve is a tenth of it. */
const reserveShare = 0.1
const everyMs = second

/**
 * Watches free space. New mail is refused before the disk is full, so that delivery can go on writing what it did; and
 * there is a ballast, a file to be thrown out when the disk is full all the same, since a full disk can't be mended
 * from inside.
 */
export class SpaceGuard {
  readonly #ballastPath: string
  readonly #refuse: (refuse: boolean) => void
  readonly #log: { warn(fields: object, text: string): void }
  readonly #timer: NodeJS.Timeout
  #low = false

  constructor(
    options: { ballastPath: string; log: { warn(fields: object, text: string): void } },
    refuse: (refuse: boolean) => void,
  ) {
    this.#ballastPath = options.ballastPath
    this.#log = options.log
    this.#refuse = refuse
    this.#timer = setInterval(() => this.look(), everyMs)
    this.look()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  /** The disk is full: make room for what must be written. */
  useBallast(): void {
    this.#log.warn({ event: 'disk_full' }, 'the disk is full; the ballast was thrown out')
    rmSync(this.#ballastPath, { force: true })
    this.look()
  }

  /** Also to be called when room was made. */
  look(): void {
    const { bavail, bsize, blocks } = statfsSync(dirname(this.#ballastPath))
    const free = bavail * bsize
    const reserve = Math.min(reserveBytes, blocks * bsize * reserveShare)
    const low = free < reserve
    if (low !== this.#low) {
      this.#log.warn({ event: low ? 'space_low' : 'space_back', freeBytes: free }, 'free space')
      this.#low = low
      this.#refuse(low)
    }
    if (free > reserve + 4 * ballastBytes && !existsSync(this.#ballastPath)) this.#tryBallast()
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
