import { syntaxError, unknownParameter, type EsmtpParameters } from './esmtp-parameters.ts'
import type { Reply } from './reply.ts'
import { isXtext } from './xtext.ts'

/** What the parameters of RCPT say, as far as it is there. */
export interface RcptParameters {
  /** RFC 3461 §4.1: NEVER alone, or some of SUCCESS, FAILURE, DELAY. */
  notify?: string[]
  /** RFC 3461 §4.2, as given. */
  orcpt?: string
}

/** RFC 3461 §4.2. */
const maxOrcptOctets = 500
const notifyWords = ['SUCCESS', 'FAILURE', 'DELAY']
/** RFC 6533 §3 utf-8-addr: what would be xtext, with characters as they are or as \x{hex}. */
const utf8Address =
  /^utf-8;(?:[\x21-\x2a\x2c-\x3c\x3e-\x5b\x5d-\x7e]|\\x\{[0-9A-F]{2,6}\}|[\u{80}-\u{10ffff}])+$/iu

/** Reads the parameters of RCPT; or the reply for the first that is wrong (501) or was not offered (555). */
export function readRcptParameters(parameters: EsmtpParameters): RcptParameters | Reply {
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
  if (utf8Address.test(value)) return true
  const [type, ...address] = value.split(';')
  return (
    /^[A-Za-z0-9-]+$/.test(type ?? '') &&
    address.length === 1 &&
    isXtext(address[0] ?? '') &&
    address[0] !== ''
  )
}
