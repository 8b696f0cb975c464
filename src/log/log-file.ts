import { closeSync, fstatSync, mkdirSync, openSync, readSync, statSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { minute, monotonicMs, second, type Millis } from '../time/clock.ts'
import type { LineSink } from './gathered-lines.ts'
import { rotate } from './rotate.ts'

export interface LogFileLimits {
  /** A file that would grow beyond this is rotated first. */
  readonly maxBytes: number
  /** Files of one log: the one being written, and older ones. */
  readonly files: number
}

export interface LogFileOptions {
  /** Whether the disk has room for more lines; asked every few seconds, and after some 100 KB. */
  readonly hasRoom?: () => boolean
  readonly elapsedMs?: () => Millis
}

/** How often it is checked whether the file still lies where it was opened, and whether there is room for more. */
const checkEveryMs = 2 * second
/** … and how much may be written until there is a check of the room: all processes together write a megabyte at most. */
const checkEveryBytes = 128 * 1024

/** A file that could not be rotated is not tried again before. */
const rotateAgainMs = minute

/** The log of one process. */
export const logPath = (folder: string, name: string): string => join(folder, `${name}.log`)

/**
 * A file of lines that is written by one process. When it is full it is renamed to `.1`, `.1` to `.2` and so on, the oldest
 * is removed, and a new file is begun: no line is lost, and the log never takes more than `files` × `maxBytes`. A file that
 * was moved away or removed by somebody else, as logrotate does, is begun anew too. One that can't be rotated goes on until it
 * is as large as all files together may be. Where the disk is short of room it takes no lines, as on a full disk: what is
 * left is for the store.
 *
 * Nothing here throws: the relay must not stop or wait because its log can't be written.
 */
export class LogFile implements LineSink {
  readonly path: string
  readonly #limits: LogFileLimits
  readonly #hasRoom: () => boolean
  readonly #elapsedMs: () => Millis
  #isShort = false
  #takenBytes = 0
  #fd: number | null = null
  #inode = 0
  #size = 0
  #checkedAt: Millis = -Infinity
  #trouble: NodeJS.ErrnoException | null = null
  #rotatedInVain: Millis = -Infinity
  /** A write ended in the middle of a line, as the disk was full. */
  #isMidLine = false

  constructor(path: string, limits: LogFileLimits, options: LogFileOptions = {}) {
    this.path = path
    this.#limits = limits
    this.#hasRoom = options.hasRoom ?? (() => true)
    this.#elapsedMs = options.elapsedMs ?? monotonicMs
  }

  /** Why the file could not be rotated when that was last tried. */
  get trouble(): NodeJS.ErrnoException | null {
    return this.#trouble
  }

  /** Appends whole lines. Returns null, or why some of them were lost. */
  append(lines: Buffer): NodeJS.ErrnoException | null {
    try {
      this.#makeReady(lines.length)
      if (this.#isMidLine) this.#write(newline)
      this.#isMidLine = false
      this.#write(lines)
      return null
    } catch (error) {
      return error as NodeJS.ErrnoException
    }
  }

  close(): void {
    if (this.#fd === null) return
    const fd = this.#fd
    this.#fd = null
    closeSync(fd)
  }

  #makeReady(bytes: number): void {
    this.#check(bytes)
    if (this.#isShort) throw leftToTheStore()
    if (this.#fd === null) this.#open()
    if (this.#size > 0 && this.#size + bytes > this.#limits.maxBytes) this.#rotate(bytes)
  }

  #check(bytes: number): void {
    const now = this.#elapsedMs()
    const isTime = now - this.#checkedAt >= checkEveryMs
    this.#takenBytes += bytes
    if (isTime || this.#takenBytes >= checkEveryBytes) {
      this.#takenBytes = 0
      this.#isShort = !this.#hasRoom()
    }
    if (!isTime) return
    this.#checkedAt = now
    if (this.#fd !== null && this.#wasMoved()) this.close()
  }

  #wasMoved(): boolean {
    return statSync(this.path, { throwIfNoEntry: false })?.ino !== this.#inode
  }

  #open(): void {
    mkdirSync(dirname(this.path), { recursive: true, mode: 0o700 })
    const fd = openSync(this.path, 'a+', 0o600)
    const { ino, size } = fstatSync(fd)
    this.#fd = fd
    this.#inode = ino
    this.#size = size
    this.#trouble = null
    // A power cut may have ended the last life in the middle of a line
    const last = Buffer.from(newline)
    if (size > 0) readSync(fd, last, 0, 1, size - 1)
    this.#isMidLine = !last.equals(newline)
  }

  #rotate(bytes: number): void {
    const { files, maxBytes } = this.#limits
    const now = this.#elapsedMs()
    if (this.#trouble === null || now - this.#rotatedInVain >= rotateAgainMs) {
      try {
        rotate(this.path, files)
        this.close()
        this.#open()
        return
      } catch (error) {
        this.#trouble = error as NodeJS.ErrnoException
        this.#rotatedInVain = now
      }
    }
    if (this.#fd === null || this.#size + bytes > files * maxBytes) throw this.#trouble
  }

  #write(lines: Buffer): void {
    const fd = this.#fd
    if (fd === null) return
    let rest = lines
    try {
      while (rest.length > 0) {
        const written = writeSync(fd, rest)
        this.#size += written
        rest = rest.subarray(written)
      }
    } catch (error) {
      if (rest.length < lines.length) {
        const end = lines.length - rest.length
        this.#isMidLine = !lines.subarray(end - 1, end).equals(newline)
      }
      throw error
    }
  }
}

const newline = Buffer.from('\n')

const leftToTheStore = (): NodeJS.ErrnoException =>
  Object.assign(new Error('the disk is short of room, and what is left is for the store'), {
    code: 'ENOSPC',
  })
