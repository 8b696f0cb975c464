/** What a server offers in its answer to EHLO (RFC 5321 §4.1.1.1), as far as delivery makes use of it. */
export interface Extensions {
  pipelining: boolean
  starttls: boolean
  eightBitMime: boolean
  smtputf8: boolean
  dsn: boolean
  /** RFC 1870: offered, and the largest message in bytes where one is named. */
  size: { maxBytes: number | null } | null
}

export const noExtensions: Extensions = {
  pipelining: false,
  starttls: false,
  eightBitMime: false,
  smtputf8: false,
  dsn: false,
  size: null,
}

/** Reads the lines of an EHLO reply; the first one is the greeting. */
export function readExtensions(lines: readonly string[]): Extensions {
  const extensions = { ...noExtensions }
  for (const line of lines.slice(1)) {
    const [keyword = '', parameter = ''] = line.split(' ')
    switch (keyword.toUpperCase()) {
      case 'PIPELINING':
        extensions.pipelining = true
        break
      case 'STARTTLS':
        extensions.starttls = true
        break
      case '8BITMIME':
        extensions.eightBitMime = true
        break
      case 'SMTPUTF8':
        extensions.smtputf8 = true
        break
      case 'DSN':
        extensions.dsn = true
        break
      case 'SIZE': {
        const bytes = Number(parameter)
        // RFC 1870 §4: 0, or nothing, is no fixed limit
        extensions.size = { maxBytes: Number.isSafeInteger(bytes) && bytes > 0 ? bytes : null }
        break
      }
      default:
        break
    }
  }
  return extensions
}
