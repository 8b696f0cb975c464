import { statSync } from 'node:fs'
import { Resolver } from 'node:dns/promises'
import { monotonicMs, second } from '../time/clock.ts'

/** How often the system's file is looked at, at most. */
const lookAgainMs = second

/**
 * The DNS servers of the system as they are now. A resolver of Node's reads them once, when it is made: one that lives as long
 * as the process would ask a server that a new lease, or a local resolver put in its place, has taken out of use.
 */
export class SystemNameServers {
  readonly #path: string
  readonly #read: () => readonly string[]
  #servers: readonly string[] = []
  #version: string | null = null
  #lookedAt = -Infinity

  constructor(path = '/etc/resolv.conf', read = () => new Resolver().getServers()) {
    this.#path = path
    this.#read = read
  }

  /** @returns addresses, each with its port where that is not 53; the same array as long as nothing has changed */
  current(now = monotonicMs()): readonly string[] {
    if (now - this.#lookedAt < lookAgainMs) return this.#servers
    this.#lookedAt = now
    const version = this.#versionOfFile()
    if (version !== this.#version) {
      this.#version = version
      this.#servers = this.#read()
    }
    return this.#servers
  }

  /** Changes with the file, also where another takes its name. */
  #versionOfFile(): string {
    const file = statSync(this.#path, { throwIfNoEntry: false, bigint: true })
    return file ? `${file.dev} ${file.ino} ${file.mtimeNs} ${file.size}` : ''
  }
}
