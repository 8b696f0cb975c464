/**
 * Who runs mail hosts: every provider that Sluice knows, declared once, with the names by which its inbound hosts are known.
 * Its connections, its pace and its numbers go by this name. To add one, add an entry.
 */

/**
 * A text is the end of a host's name, as the large receivers tell their customers to publish it; a pattern is for names with
 * the region in the middle. Only what nobody else can have: under the names of a hoster (amazonaws.com, ovh.net,
 * kundenserver.de) its customers run hosts of their own.
 */
const declared = {
  google: [
    'aspmx.l.google.com',
    'gmail-smtp-in.l.google.com',
    'smtp.goog',
    /^alt\d+\.(?:aspmx|gmail-smtp-in)\.l\.google\.com$/,
    /^aspmx\d+\.googlemail\.com$/,
  ],
  microsoft: [
    'mail.protection.outlook.com',
    'olc.protection.outlook.com',
    'mx.microsoft',
    'mail.protection.office365.us',
  ],
  'microsoft-china': ['mail.protection.partner.outlook.cn'],
  yahoo: ['yahoodns.net'],
  apple: ['mail.icloud.com'],
  amazon: [/^inbound-smtp\.[a-z0-9-]+\.amazonaws\.com$/],
  comcast: ['mx.comcast.net'],
  'united-internet': ['emig.gmx.net'],
  ionos: [/^mx\d\d\.(?:ionos|1and1)\.[a-z.]+$/],
  ovh: ['mx.ovh.net', 'mail.ovh.net'],
  gandi: ['mail.gandi.net'],
  godaddy: [/^(?:mailstore1|smtp)\.secureserver\.net$/],
  namecheap: ['eforward.registrar-servers.com'],
  rackspace: ['emailsrvr.com'],
  'mail-ru': ['mxs.mail.ru'],
  yandex: ['mx.yandex.net', 'mx.yandex.ru'],
  qq: [/^mx\d*(?:\.biz)?\.qq\.com$|^mxbiz\d\.qq\.com$/],
  proton: ['mail.protonmail.ch'],
  fastmail: ['smtp.messagingengine.com'],
  zoho: [/^mx\d*\.zoho\.(?:com|eu|in)$/],
  cloudflare: ['mx.cloudflare.net'],
  proofpoint: ['pphosted.com', 'ppe-hosted.com'],
  mimecast: ['mimecast.com'],
  barracuda: ['ess.barracudanetworks.com'],
  broadcom: ['messagelabs.com'],
  cisco: ['iphmx.com'],
  'trend-micro': ['in.tmes.trendmicro.com', 'in.tmes.trendmicro.eu'],
  'n-able': ['antispamcloud.com'],
  hornetsecurity: ['hornetsecurity.com'],
  mailgun: ['mailgun.org'],
} as const satisfies Readonly<Record<string, readonly (string | RegExp)[]>>

/** A provider that Sluice knows. Others go by their set of hosts, as one text. */
export type KnownProvider = keyof typeof declared

export const providerHosts: Readonly<Record<KnownProvider, readonly (string | RegExp)[]>> = declared

/** Whether that is the name of a provider that Sluice knows, and not a set of hosts. */
export const isKnownProvider = (name: string): name is KnownProvider =>
  Object.hasOwn(declared, name)
