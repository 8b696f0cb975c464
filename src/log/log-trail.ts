import { open, stat, type FileHandle } from 'node:fs/promises'
import { StringDecoder } from 'node:string_decoder'
import type { Millis } from '../time/clock.ts'
import { rotatedPath } from './rotate.ts'

/** One line of a log, as it was read. */
export interface LogLine {
  /** RFC 3339 in UTC, so that it can be compared as text. */
  readonly time: string
  readonly text: string
  readonly record: Readonly<Record<string, unknown>>
}

/** Returns the line where it is wanted; called with each line there is. */
export type PickLine = (text: string) => LogLine | null

interface OpenFile {
  readonly handle: FileHandle
  readonly inode: number
  position: number
}

const bufferBytes = 256 * 1024
/** More than a file of ours can have in one line; a file of zeros must not fill the memory. */
const longestLine = 1024 * 1024

/**
 * The log of one process, read as one file from the oldest line to the newest, in bounded memory. It goes on where it
 * was when more is written, also after the file was rotated or moved away.
 */
export class LogTrail {
  readonly #path: string
  readonly #pick: PickLine
  readonly #buffer = Buffer.alloc(bufferBytes)
  /** Files that are still to be read, the oldest first. */
  #files: OpenFile[] = []
  #file: OpenFile | null = null
  #decoder = new StringDecoder('utf8')
  #rest = ''
  #picked: LogLine[] = []
  #next = 0

  constructor(path: string, pick: PickLine) {
    this.#path = path
    this.#pick = pick
  }

  /** Opens what there is. Files whose last line is older than `since` are passed over. */
  async open(since: Millis): Promise<void> {
    const files = await this.#filesSince(null)
    for (const [at, file] of files.entries()) {
      const { mtimeMs, size } = await file.handle.stat()
      const isNewest = at === files.length - 1
      if (mtimeMs >= since) this.#files.push(file)
      else if (isNewest) this.#files.push({ ...file, position: size })
      else await file.handle.close()
    }
  }

  /** The first line that was not taken; null where none is left, for now. */
  async head(): Promise<LogLine | null> {
    while (this.#next >= this.#picked.length) {
      this.#picked = []
      this.#next = 0
      if (!(await this.#readOn())) return null
    }
    return this.#picked[this.#next] ?? null
  }

  take(): void {
    this.#next++
  }

  async close(): Promise<void> {
    for (const { handle } of [...this.#files, ...(this.#file ? [this.#file] : [])]) {
      await handle.close()
    }
    this.#files = []
    this.#file = null
  }

  /** Returns whether there was anything to read, wanted or not. */
  async #readOn(): Promise<boolean> {
    const file = (this.#file ??= this.#files.shift() ?? null)
    if (!file) return this.#findNewer()
    const { bytesRead } = await file.handle.read(this.#buffer, 0, bufferBytes, file.position)
    if (bytesRead > 0) {
      file.position += bytesRead
      this.#cut(this.#decoder.write(this.#buffer.subarray(0, bytesRead)))
      return true
    }
    // Only once its successor is there does nothing more come
    if (this.#files.length === 0) return this.#findNewer()
    await file.handle.close()
    this.#file = null
    this.#cut('\n')
    this.#decoder = new StringDecoder('utf8')
    return true
  }

  /** Returns whether the file that is being read has a successor. */
  async #findNewer(): Promise<boolean> {
    const now = await stat(this.#path).catch(() => null)
    if (now === null || now.ino === this.#file?.inode) return false
    this.#files.push(...(await this.#filesSince(this.#file?.inode ?? null)))
    return this.#files.length > 0
  }

  /**
   * Opens the files that were begun after the one with this inode; all of them where there is none. From the newest to
   * the oldest: where a file is renamed meanwhile, it is met twice and not missed.
   */
  async #filesSince(inode: number | null): Promise<OpenFile[]> {
    const files: OpenFile[] = []
    for (let age = 0; ; age++) {
      const handle = await open(rotatedPath(this.#path, age)).catch(unlessMissing)
      if (handle === null && age > 0) break
      if (handle === null) continue
      const { ino } = await handle.stat()
      const isKnown = files.some((file) => file.inode === ino)
      if (isKnown || ino === inode) await handle.close()
      else files.unshift({ handle, inode: ino, position: 0 })
      if (ino === inode) break
    }
    return files
  }

  #cut(text: string): void {
    const lines = (this.#rest + text).split('\n')
    this.#rest = lines.pop() ?? ''
    if (this.#rest.length > longestLine) this.#rest = ''
    for (const line of lines) {
      const picked = line === '' ? null : this.#pick(line)
      if (picked) this.#picked.push(picked)
    }
  }
}

function unlessMissing(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null
  throw error
}

/** The lines of several logs in the order of their times, as far as they go now. */
export async function* mergeTrails(trails: readonly LogTrail[]): AsyncGenerator<LogLine, void> {
  // A log at its end is not asked again: whether more was written takes a look at the disk
  const heads = new Map<LogTrail, LogLine>()
  const look = async (trail: LogTrail): Promise<void> => {
    const line = await trail.head()
    if (line) heads.set(trail, line)
    else heads.delete(trail)
  }
  for (const trail of trails) await look(trail)
  for (let first = earliest(heads); first; first = earliest(heads)) {
    const [trail, line] = first
    trail.take()
    yield line
    await look(trail)
  }
}

function earliest(heads: ReadonlyMap<LogTrail, LogLine>): [LogTrail, LogLine] | null {
  let first: [LogTrail, LogLine] | null = null
  for (const [trail, line] of heads) {
    if (!first || line.time < first[1].time) first = [trail, line]
  }
  return first
}
