import { syntaxError, unknownParameter, type EsmtpParameters } from './esmtp-parameters.ts'
import type { Refusal } from './refusal.ts'
import { decodeXtext, isXtext } from './xtext.ts'

/** What the parameters of MAIL say, as far as it is there. */
export interface MailParameters {
  /** RFC 1870 §6: how large the sender says that the message is. */
  size?: number
  /** RFC 6152. */
  body8bit?: true
  /** RFC 6531 §3.4. */
  smtputf8?: true
  /** RFC 3461 §4.3. */
  ret?: 'FULL' | 'HDRS'
  /** RFC 3461 §4.4, xtext as given. */
  envid?: string
}

/** RFC 3461 §4.4. */
const maxEnvidOctets = 100

/** Reads the parameters of MAIL; or the reply for the first that is wrong (501) or was not offered (555). */
export function readMailParameters(parameters: EsmtpParameters): MailParameters | Refusal {
  const read: MailParameters = {}
  for (const [name, value] of parameters) {
    const problem = readOne(read, name, value)
    if (problem) return problem
  }
  return read
}

function readOne(read: MailParameters, name: string, value: string | null): Refusal | null {
  const upper = value?.toUpperCase()
  switch (name) {
    case 'SIZE':
      if (value === null || !/^\d{1,20}$/.test(value)) return syntaxError('SIZE wants a number')
      read.size = Number(value)
      return null
    case 'BODY':
      if (upper === '8BITMIME') read.body8bit = true
      else if (upper !== '7BIT') return syntaxError('BODY is 7BIT or 8BITMIME')
      return null
    case 'SMTPUTF8':
      if (value !== null) return syntaxError('SMTPUTF8 takes no value')
      read.smtputf8 = true
      return null
    case 'RET':
      if (upper !== 'FULL' && upper !== 'HDRS') return syntaxError('RET is FULL or HDRS')
      read.ret = upper
      return null
    case 'ENVID':
      if (!isEnvid(value)) return syntaxError('ENVID wants up to 100 characters of xtext')
      read.envid = value
      return null
    case 'AUTH':
      // RFC 4954 §5: whoever first submitted it. We answer for the login that we saw ourselves, so it goes no further.
      return value !== null && isXtext(value) ? null : syntaxError('AUTH wants an xtext')
    default:
      return unknownParameter(name)
  }
}

const isEnvid = (value: string | null): value is string =>
  value !== null &&
  isXtext(value) &&
  decodeXtext(value).length <= maxEnvidOctets &&
  /^[\x20-\x7e]*$/.test(decodeXtext(value))
