import { startDnsServer, type DnsServer, type DnsZone } from './dns-server.ts'
import type { SomeSettings } from './relay.ts'
import { startRemote, type Remote, type RemoteOptions, type Script } from './remote.ts'

export interface WorldHost extends Pick<RemoteOptions, 'tls'> {
  script?: Script
  /** Nobody listens at the first of its two addresses. */
  firstAddressDead?: boolean
  /** Nobody listens at all. */
  dead?: boolean
}

/** Mail hosts with names of their own on loopback addresses, all on one port, and the DNS that knows them. */
export interface World extends AsyncDisposable {
  readonly dns: DnsServer
  /** For a relay with route `mx`. */
  readonly settings: SomeSettings
  /** The host of that name; a dead one has nothing to show. */
  host(name: string): Remote
}

/**
 * Starts the hosts, at 127.0.1.1, 127.0.1.2 … in the order named, and a DNS server with their A records and the given
 * zone (MX records and what else there is to know).
 */
export async function startWorld(
  hosts: Record<string, WorldHost>,
  zone: DnsZone = {},
): Promise<World> {
  const remotes = new Map<string, Remote>()
  const addresses: DnsZone = {}
  let next = 1
  let port = 0
  const address = (): string => `127.0.1.${next++}`
  for (const [
    name,
    { script, tls = 'none', firstAddressDead = false, dead = false },
  ] of Object.entries(hosts)) {
    const own = firstAddressDead ? [address(), address()] : [address()]
    addresses[name] = { A: own }
    const remote = await startRemote(script ?? {}, { address: own.at(-1) ?? '', port, tls })
    port = remote.port
    if (dead) await remote[Symbol.asyncDispose]()
    remotes.set(name, remote)
  }
  let gone = false
  const dns = await startDnsServer({ ...addresses, ...zone })
  return {
    dns,
    settings: { delivery: { port, resolver: dns.resolver, connect_timeout: '2s' } },
    host: (name) => {
      const remote = remotes.get(name)
      if (!remote) throw new Error(`no host ${name}`)
      return remote
    },
    [Symbol.asyncDispose]: async () => {
      if (gone) return
      gone = true
      await dns[Symbol.asyncDispose]()
      for (const remote of remotes.values()) await remote[Symbol.asyncDispose]()
    },
  }
}
