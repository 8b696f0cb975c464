import { shortHosts } from '../words/lane-name.ts'

/**
 * Who runs a set of MX hosts. Thousands of customer domains at one provider share that provider's connections; a provider
 * counts them over all, whatever the domain. Whether hosts answer is a matter of each set of hosts.
 */

/**
 * Suffixes of the names of inbound hosts, as the large receivers tell their customers to publish them. Only what nobody
 * else can have: under the names of a hoster (amazonaws.com, ovh.net, kundenserver.de) its customers run hosts of their own.
 */
const knownSuffixes: readonly [suffix: string, provider: string][] = [
  ['aspmx.l.google.com', 'google'],
  ['gmail-smtp-in.l.google.com', 'google'],
  ['smtp.goog', 'google'],
  ['mail.protection.outlook.com', 'microsoft'],
  ['olc.protection.outlook.com', 'microsoft'],
  ['mx.microsoft', 'microsoft'],
  ['mail.protection.office365.us', 'microsoft'],
  ['mail.protection.partner.outlook.cn', 'microsoft-china'],
  ['yahoodns.net', 'yahoo'],
  ['mail.icloud.com', 'apple'],
  ['mx.comcast.net', 'comcast'],
  ['emig.gmx.net', 'united-internet'],
  ['mx.ovh.net', 'ovh'],
  ['mail.ovh.net', 'ovh'],
  ['mail.gandi.net', 'gandi'],
  ['mxs.mail.ru', 'mail-ru'],
  ['mx.yandex.net', 'yandex'],
  ['mx.yandex.ru', 'yandex'],
  ['mail.protonmail.ch', 'proton'],
  ['smtp.messagingengine.com', 'fastmail'],
  ['eforward.registrar-servers.com', 'namecheap'],
  ['emailsrvr.com', 'rackspace'],
  ['mx.cloudflare.net', 'cloudflare'],
  ['pphosted.com', 'proofpoint'],
  ['ppe-hosted.com', 'proofpoint'],
  ['mimecast.com', 'mimecast'],
  ['ess.barracudanetworks.com', 'barracuda'],
  ['messagelabs.com', 'broadcom'],
  ['iphmx.com', 'cisco'],
  ['in.tmes.trendmicro.com', 'trend-micro'],
  ['in.tmes.trendmicro.eu', 'trend-micro'],
  ['antispamcloud.com', 'n-able'],
  ['hornetsecurity.com', 'hornetsecurity'],
  ['mailgun.org', 'mailgun'],
]

/** Names with the region in the middle. */
const knownForms: readonly [form: RegExp, provider: string][] = [
  [/^inbound-smtp\.[a-z0-9-]+\.amazonaws\.com$/, 'amazon'],
  [/^alt\d+\.(?:aspmx|gmail-smtp-in)\.l\.google\.com$/, 'google'],
  [/^aspmx\d+\.googlemail\.com$/, 'google'],
  [/^mx\d*\.zoho\.(?:com|eu|in)$/, 'zoho'],
  [/^mx\d\d\.(?:ionos|1and1)\.[a-z.]+$/, 'ionos'],
  [/^(?:mailstore1|smtp)\.secureserver\.net$/, 'godaddy'],
  [/^mx\d*(?:\.biz)?\.qq\.com$|^mxbiz\d\.qq\.com$/, 'qq'],
]

const providers = new Map(knownSuffixes)

const knownNames = new Set([...knownSuffixes, ...knownForms].map(([, provider]) => provider))

/** Whether that is the name of a provider of ours, and not a set of hosts. */
export const isKnownProvider = (name: string): boolean => knownNames.has(name)

/** The provider of one host. */
function knownProvider(host: string): string | undefined {
  const labels = host.split('.')
  for (let from = 0; from < labels.length - 1; from++) {
    const provider = providers.get(labels.slice(from).join('.'))
    if (provider !== undefined) return provider
  }
  return knownForms.find(([form]) => form.test(host))?.[1]
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
