/**
 * Who runs a set of MX hosts. Thousands of customer domains at one provider share that provider's pace; a provider
 * counts connections over all of them, whatever the domain.
 */

/** Suffixes of MX host names of the large receivers, as their own setup pages tell customers to publish them. */
const knownSuffixes: readonly [suffix: string, provider: string][] = [
  ['google.com', 'google'],
  ['googlemail.com', 'google'],
  ['smtp.goog', 'google'],
  ['protection.outlook.com', 'microsoft'],
  ['mx.microsoft', 'microsoft'],
  ['hotmail.com', 'microsoft'],
  ['protection.office365.us', 'microsoft'],
  ['partner.outlook.cn', 'microsoft-china'],
  ['yahoodns.net', 'yahoo'],
  ['yahoo.co.jp', 'yahoo-japan'],
  ['icloud.com', 'apple'],
  ['apple.com', 'apple'],
  ['amazonaws.com', 'amazon'],
  ['comcast.net', 'comcast'],
  ['gmx.net', 'united-internet'],
  ['web.de', 'united-internet'],
  ['kundenserver.de', 'ionos'],
  ['ionos.com', 'ionos'],
  ['ionos.de', 'ionos'],
  ['t-online.de', 't-online'],
  ['orange.fr', 'orange'],
  ['free.fr', 'free'],
  ['laposte.net', 'laposte'],
  ['kpnmail.nl', 'kpn'],
  ['mail.ru', 'mail-ru'],
  ['yandex.net', 'yandex'],
  ['yandex.ru', 'yandex'],
  ['qq.com', 'qq'],
  ['netease.com', 'netease'],
  ['mxhichina.com', 'alibaba'],
  ['naver.com', 'naver'],
  ['protonmail.ch', 'proton'],
  ['messagingengine.com', 'fastmail'],
  ['zoho.com', 'zoho'],
  ['zoho.eu', 'zoho'],
  ['ovh.net', 'ovh'],
  ['gandi.net', 'gandi'],
  ['registrar-servers.com', 'namecheap'],
  ['privateemail.com', 'namecheap'],
  ['secureserver.net', 'godaddy'],
  ['emailsrvr.com', 'rackspace'],
  ['mx.cloudflare.net', 'cloudflare'],
  ['pphosted.com', 'proofpoint'],
  ['ppe-hosted.com', 'proofpoint'],
  ['mimecast.com', 'mimecast'],
  ['barracudanetworks.com', 'barracuda'],
  ['messagelabs.com', 'broadcom'],
  ['iphmx.com', 'cisco'],
  ['trendmicro.com', 'trend-micro'],
  ['trendmicro.eu', 'trend-micro'],
  ['antispamcloud.com', 'n-able'],
  ['hornetsecurity.com', 'hornetsecurity'],
  ['mailgun.org', 'mailgun'],
  ['sendgrid.net', 'sendgrid'],
]

const providers = new Map(knownSuffixes)

/** The provider of one host, by its longest known suffix. */
function knownProvider(host: string): string | undefined {
  const labels = host.split('.')
  for (let from = 0; from < labels.length - 1; from++) {
    const provider = providers.get(labels.slice(from).join('.'))
    if (provider !== undefined) return provider
  }
  return undefined
}

/**
 * The provider's key: its name where all hosts are known to be its, else the sorted set of host names (lower case), so
 * that domains with the same hosts share a pace.
 */
export function providerOf(hosts: readonly string[]): string {
  const known = new Set(hosts.map(knownProvider))
  const [only] = known
  if (known.size === 1 && only !== undefined) return only
  return [...new Set(hosts)].sort().join(',')
}
