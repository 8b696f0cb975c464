import type { HostsAnswer } from '../destinations/hosts-answer.ts'
import type { HostsResolver } from '../destinations/resolve-hosts.ts'
import { laneOfHosts, readLaneName } from '../words/lane-name.ts'
import { parseRoute } from '../words/route.ts'
import type { Candidate } from './client/open-connection.ts'
import type { Smarthosts } from './smarthosts.ts'

/** Where a job is to be taken: the hosts in the order to try them, found out when they are gone through; once. */
export interface Target {
  readonly candidates: Iterable<Candidate> | AsyncIterable<Candidate>
}

export interface TargetSettings {
  sandboxSocket: string
}

/** Finds the hosts of a job's destination. */
export class TargetFinder {
  readonly #settings: TargetSettings
  readonly #resolver: HostsResolver
  readonly #smarthosts: Smarthosts

  constructor(settings: TargetSettings, resolver: HostsResolver, smarthosts: Smarthosts) {
    this.#settings = settings
    this.#resolver = resolver
    this.#smarthosts = smarthosts
  }

  /** null: the destination has no hosts now, or not those of the lane. */
  async find(laneName: string, destination: string): Promise<Target | null> {
    const name = readLaneName(laneName)
    if (name.kind === 'route') return this.#ofRoute(name.route)
    const answer = this.#resolver.known(destination) ?? (await this.#resolver.lookUp(destination))
    if (answer.kind !== 'hosts' || laneOfHosts(answer.place.hostSet) !== laneName) return null
    return { candidates: candidatesOf(answer) }
  }

  #ofRoute(route: string): Target | null {
    const parsed = parseRoute(route)
    if (parsed?.kind === 'sandbox') {
      const socket = { path: this.#settings.sandboxSocket }
      const candidate = { host: 'sandbox', address: 'sandbox', socket, startTls: false }
      return { candidates: [candidate] }
    }
    if (parsed?.kind !== 'smarthost') return null
    return { candidates: this.#smarthosts.candidates(parsed.host, parsed.port) }
  }
}

function* candidatesOf({ inOrder }: HostsAnswer & { kind: 'hosts' }): Generator<Candidate, void> {
  for (const { name, addresses, port } of inOrder()) {
    for (const address of addresses) {
      yield { host: name, address, socket: { host: address, port }, startTls: true }
    }
  }
}
