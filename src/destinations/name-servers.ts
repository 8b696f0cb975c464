import { readFileSync, statSync } from 'node:fs'
import { Resolver } from 'node:dns/promises'
import type { Logger } from '../log/logger.ts'
import { monotonicMs, second } from '../time/clock.ts'

/** How often the system's file is looked at, at most. */
const lookAgainMs = second
/** More are passed over, as by the system's own look-ups (MAXNS, resolv.conf(5)). */
const serversThatCount = 3

interface NameServersOptions {
  path?: string
  read?: () => readonly string[]
  log?: Pick<Logger, 'info' | 'warn'> | undefined
}

/**
 * The DNS servers of the system as they are now. A resolver of Node's reads them once, when it is made: one that lives as long
 * as the process would ask a server that a new lease, or a local resolver put in its place, has taken out of use.
 */
export class SystemNameServers {
  readonly #path: string
  readonly #read: () => readonly string[]
  readonly #log: NameServersOptions['log']
  #servers: readonly string[] = []
  /** Of the file that was read; null: none was, as something was wrong with it. */
  #version: string | null = null
  #trouble: string | null = null
  #lookedAt = -Infinity

  constructor({
    path = '/etc/resolv.conf',
    read = () => new Resolver().getServers(),
    log,
  }: NameServersOptions = {}) {
    this.#path = path
    this.#read = read
    this.#log = log
  }

  /**
   * Never throws: where the file can't be read, the servers stay as they were, and it is looked at again.
   *
   * @returns addresses, each with its port where that is not 53; the same array as long as nothing has changed
   */
  current(now = monotonicMs()): readonly string[] {
    if (now - this.#lookedAt < lookAgainMs) return this.#servers
    this.#lookedAt = now
    try {
      this.#look()
      this.#note(null)
    } catch (error) {
      this.#version = null
      if (this.#servers.length === 0) this.#servers = this.#fallback()
      this.#note(codeOf(error))
    }
    return this.#servers
  }

  #look(): void {
    const version = this.#versionOfFile()
    if (version === this.#version) return
    // c-ares doesn't say that it could not read the file: it falls back to a server on this machine
    if (version !== '') readFileSync(this.#path)
    this.#servers = this.#read().slice(0, serversThatCount)
    this.#version = version
  }

  /** What the system's own look-ups would ask, too. */
  #fallback(): readonly string[] {
    try {
      return this.#read().slice(0, serversThatCount)
    } catch {
      return []
    }
  }

  /** Changes with the file, with who may read it, and where another takes its name. */
  #versionOfFile(): string {
    const file = statSync(this.#path, { throwIfNoEntry: false, bigint: true })
    return file ? `${file.dev} ${file.ino} ${file.mtimeNs} ${file.ctimeNs} ${file.size}` : ''
  }

  #note(trouble: string | null): void {
    if (trouble === this.#trouble) return
    this.#trouble = trouble
    const path = this.#path
    const servers = this.#servers
    if (trouble === null)
      this.#log?.info({ path, servers }, 'the DNS servers of the system are known')
    else this.#log?.warn({ path, trouble, servers }, 'can’t read the DNS servers of the system')
  }
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : String(error)
