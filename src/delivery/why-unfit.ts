import type { Extensions } from './client/extensions.ts'
import type { Mail } from './client/mail.ts'

/** Why a host can't have a message, known from what it offers. */
export interface Unfit {
  /** RFC 3463. */
  enhanced: string
  cause: string
}

/** null where it can have it. */
export function whyUnfit(mail: Mail, offered: Extensions): Unfit | null {
  if (mail.smtputf8 && !offered.smtputf8) {
    // RFC 6531 §3.2
    const cause = 'the address or header needs SMTPUTF8, which the host does not offer'
    return { enhanced: '5.6.7', cause }
  }
  const maxBytes = offered.size?.maxBytes ?? null
  if (maxBytes !== null && mail.sizeBytes > maxBytes) {
    // RFC 1870 §6.1
    const cause = `the message has ${mail.sizeBytes} octets, and the host takes ${maxBytes} at most`
    return { enhanced: '5.3.4', cause }
  }
  return null
}
