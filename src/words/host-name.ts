const label = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i

/** RFC 5321 §4.1.2 Domain within the lengths of RFC 1035 §2.3.4; an IPv4 address passes as well. */
export const isHostName = (text: string): boolean =>
  text.length <= 253 && text.split('.').every((part) => label.test(part))

/** A name that the world can look up: at least two labels, and no address (its last label is not a number). */
export const isFullyQualified = (text: string): boolean =>
  isHostName(text) && text.includes('.') && !/\.\d+$/.test(text) && !text.endsWith('.localdomain')
