import { isIP } from 'node:net'
import { NamedHosts } from '../destinations/named-hosts.ts'
import { ConnectionLost, NoConnection, toConnectionLost } from './client/connection-lost.ts'
import type { Deadlines } from './client/deadlines.ts'
import type { Candidate } from './client/open-connection.ts'

export interface SmarthostTools {
  settings: { connectTimeoutMs: number }
  deadlines: Deadlines
}

/** The places to connect to of a smarthost. */
export class Smarthosts {
  readonly #tools: SmarthostTools
  readonly #names: Pick<NamedHosts, 'addresses'>

  constructor(tools: SmarthostTools, names: Pick<NamedHosts, 'addresses'> = new NamedHosts()) {
    this.#tools = tools
    this.#names = names
  }

  /**
   * One for each address: each has the whole time for a connection, and an attempt names it. Node's own choice among the
   * addresses of a name gives each a quarter of a second. Where the name can't be looked up, one that says so.
   */
  async *candidates(host: string, port: number): AsyncGenerator<Candidate, void> {
    const found = await this.#addressesOf(host)
    if (found instanceof ConnectionLost) {
      yield { host, address: `${host}:${port}`, socket: found, startTls: true }
      return
    }
    for (const address of found) {
      yield { host, address, socket: { host: address, port }, startTls: true }
    }
  }

  async #addressesOf(host: string): Promise<readonly string[] | ConnectionLost> {
    if (isIP(host)) return [host]
    const { deadlines, settings } = this.#tools
    try {
      const found = await deadlines.inTime(this.#names.addresses(host), settings.connectTimeoutMs)
      // RFC 3463 §3.5: directory server failure
      return found ?? new NoConnection('the look-up of the host name timed out', '4.4.3')
    } catch (error) {
      return toConnectionLost(error as NodeJS.ErrnoException)
    }
  }
}
