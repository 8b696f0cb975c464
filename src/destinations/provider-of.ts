import { shortHosts } from '../words/lane-name.ts'
import { providerHosts, type KnownProvider } from '../words/provider.ts'

/**
 * Who runs a set of MX hosts. Thousands of customer domains at one provider share that provider's connections; a provider
 * counts them over all, whatever the domain. Whether hosts answer is a matter of each set of hosts.
 */

const hostNames = Object.entries(providerHosts).flatMap(([provider, names]) =>
  names.map((name) => [name, provider as KnownProvider] as const),
)
const bySuffix: ReadonlyMap<string | RegExp, KnownProvider> = new Map(hostNames)
const byPattern = hostNames.flatMap(([name, provider]) =>
  typeof name === 'string' ? [] : [{ pattern: name, provider }],
)

/** The provider of one host. */
function knownProvider(host: string): KnownProvider | undefined {
  const labels = host.split('.')
  for (let from = 0; from < labels.length - 1; from++) {
    const provider = bySuffix.get(labels.slice(from).join('.'))
    if (provider !== undefined) return provider
  }
  return byPattern.find(({ pattern }) => pattern.test(host))?.provider
}

/** The provider's name where all hosts are known to be its, else the set of hosts. */
export function providerOf(hosts: readonly string[]): string {
  const known = new Set(hosts.map(knownProvider))
  const [only] = known
  return known.size === 1 && only !== undefined ? only : hostSetOf(hosts)
}

/**
 * The sorted names of the hosts (lower case), so that domains with the same hosts share a pace. Long ones are cut: their owner
 * may name twenty of 250 characters, and the text is kept with each recipient.
 */
export const hostSetOf = (hosts: readonly string[]): string =>
  shortHosts([...new Set(hosts)].sort().join(','))
