import { syntaxError, unknownParameter, type EsmtpParameters } from './esmtp-parameters.ts'
import { parseMailbox } from './path.ts'
import type { Refusal } from './refusal.ts'
import { isXtext } from './xtext.ts'

/** What the parameters of RCPT say, as far as it is there. */
export interface RcptParameters {
  /** RFC 3461 §4.1: NEVER alone, or some of SUCCESS, FAILURE, DELAY. */
  notify?: string[]
  /** RFC 3461 §4.2, as given; beyond ASCII only where SMTPUTF8 is used (RFC 6533 §3). */
  orcpt?: string
}

/** RFC 3461 §4.2. */
const maxOrcptOctets = 500
const notifyWords = ['SUCCESS', 'FAILURE', 'DELAY']
/** RFC 6533 §3 utf-8-addr-xtext; its form utf-8-addr-unitext has characters beyond ASCII, too. */
const utf8Address =
  /^(?:[\x21-\x2a\x2c-\x3c\x3e-\x5b\x5d-\x7e\u{80}-\u{10ffff}]|\\x\{(?:10[0-9A-F]{4}|[0-9A-F]{2,5})\})+$/iu
const embeddedCharacter = /\\x\{([0-9A-F]+)\}/giu

/** Reads the parameters of RCPT; or the reply for the first that is wrong (501) or was not offered (555). */
export function readRcptParameters(parameters: EsmtpParameters): RcptParameters | Refusal {
  const read: RcptParameters = {}
  for (const [name, value] of parameters) {
    switch (name) {
      case 'NOTIFY': {
        const words = notifyOf(value)
        if (!words) return syntaxError('NOTIFY is NEVER or a list of SUCCESS, FAILURE, DELAY')
        read.notify = words
        break
      }
      case 'ORCPT':
        if (!isOrcpt(value)) return syntaxError('ORCPT wants type;xtext of up to 500 characters')
        read.orcpt = value
        break
      default:
        return unknownParameter(name)
    }
  }
  return read
}

function notifyOf(value: string | null): string[] | null {
  const words = (value ?? '').toUpperCase().split(',')
  if (words.length === 1 && words[0] === 'NEVER') return words
  return words.every((word) => notifyWords.includes(word)) ? [...new Set(words)] : null
}

function isOrcpt(value: string | null): value is string {
  if (value === null || Buffer.byteLength(value) > maxOrcptOctets) return false
  const [type = '', address = '', ...more] = value.split(';')
  if (!/^[A-Za-z0-9-]+$/.test(type) || address === '' || more.length > 0) return false
  return type.toLowerCase() === 'utf-8' ? isUtf8Mailbox(address) : isXtext(address)
}

/** RFC 6533 §3: decoded, it must be a mailbox; so octets that were no UTF-8, surrogates and controls are refused. */
function isUtf8Mailbox(text: string): boolean {
  if (!utf8Address.test(text)) return false
  const address = text.replaceAll(embeddedCharacter, (_, digits: string) =>
    String.fromCodePoint(parseInt(digits, 16)),
  )
  return address.isWellFormed() && parseMailbox(address) !== null
}
