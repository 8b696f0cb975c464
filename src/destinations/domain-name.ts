/**
 * Whether a text can be asked for in DNS as a mail domain or host: dot-separated labels of letters, digits, hyphens and
 * underscores, each at most 63 octets, at most 253 in all (RFC 1035 §2.3.4; 255 octets on the wire), the last one not
 * all digits, so that an IPv4 address never passes for a name (RFC 1123 §2.1).
 */
export function isDomainName(name: string): boolean {
  if (name.length === 0 || name.length > 253) return false
  const labels = name.split('.')
  if (!labels.every((label) => /^[a-z0-9_-]{1,63}$/i.test(label))) return false
  return !/^\d+$/.test(labels.at(-1) ?? '')
}

/** Lower case, without the root's dot at the end: the form in which names are compared and shown. */
export const canonicalName = (name: string): string => name.toLowerCase().replace(/\.$/, '')
